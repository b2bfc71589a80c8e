import assert from 'node:assert/strict';
import test from 'node:test';
import type { ArchiveInspection } from '../../../src/archive/inspect-archive.ts';
import type { Backup } from '../../../src/domain/backup.ts';
import { backupJson } from '../../../src/output/backups.ts';
import { inspectionText, validatedJson, verdictTable } from '../../../src/output/verdicts.ts';
import type { JudgedBackup } from '../../../src/runbook/judge-backup.ts';

const backup: Backup = {
  id: '12',
  namespace: 'shop',
  pvc: 'orders-data',
  status: 'success',
  createdAt: '2026-03-01T12:00:05Z',
  message: '',
  catalog: '/nkvm/data/backups.db',
};
const none = { file: 0, directory: 0, symlink: 0, hardlink: 0, fifo: 0 };
const devices = { 'character-device': 0, 'block-device': 0, socket: 0 };
const inspection: ArchiveInspection = {
  verdict: { result: 'complete' },
  sha256: 'ab'.repeat(32),
  sizeBytes: 253_952,
  members: 21_417,
  contentBytes: 999,
  types: { ...none, ...devices, file: 20_000, directory: 1_417 },
  owners: [
    { uid: 999, gid: 999, members: 21_400 },
    { uid: 0, gid: 0, members: 17 },
  ],
  largest: { path: 'data/large.bin', sizeBytes: 512 },
  setuid: 1,
  setgid: 0,
  lostAndFound: true,
  linksPointingOutside: 2,
  paxMembers: 0,
  sparseMembers: 0,
  foreignMembers: 0,
  files: [],
};
const complete: JudgedBackup = { backup, verdict: inspection.verdict, inspection };
const verdict = {
  result: 'truncated',
  reason: 'the archive ends inside a member',
  member: { number: 1_204, name: 'a\x1b[2J' },
  offset: 70_656,
  expected: '512',
  found: '17',
} as const;
const truncated: JudgedBackup = {
  backup: { ...backup, id: '11' },
  verdict,
  inspection: { ...inspection, verdict },
};
const missing: JudgedBackup = {
  backup: { ...backup, id: '10' },
  verdict: { result: 'missing', reason: 'no such file' },
};

test('shows complete archives in a table alone', () => {
  assert.equal(
    verdictTable([complete]),
    `NAME   PVC           VERDICT    MEMBERS   SIZE    CONTENT
12     orders-data   complete   21,417    248Ki   999B
`,
  );
});

test('says below the table what is wrong and where', () => {
  assert.equal(
    verdictTable([truncated, missing]),
    `NAME   PVC           VERDICT     MEMBERS   SIZE    CONTENT
11     orders-data   truncated   21,417    248Ki   999B
10     orders-data   missing     -         -       -

backup/11 is truncated: the archive ends inside a member
  member      1,204, a\\x1b[2J
  offset      70656 of the tar stream
  expected    512
  found       17

backup/10 is missing: no such file
`,
  );
});

test('says what an archive holds and leaves out what it has none of', () => {
  assert.equal(
    inspectionText(inspection),
    `  archive     248Ki (253,952 bytes)
  sha256      ${'ab'.repeat(32)}
  members     21,417
  content     999B
  types       20,000 file, 1,417 directory
  owners      999:999 (21,400), 0:0 (17)
  largest     data/large.bin (512B)
  setuid      1
  links out   2
  lost+found  yes
`,
  );
});

test('shows the names that were asked for', () => {
  const text = inspectionText({ ...inspection, files: ['.', 'app/\u202ef.txt'] });
  assert.equal(text.slice(text.indexOf('  first')), '  first 2 members:\n    .\n    app/\\u202ef.txt\n');
});

test('adds the verdict and the counts to the JSON of the backup', () => {
  assert.deepEqual(validatedJson(truncated), {
    ...backupJson(truncated.backup),
    verdict,
    members: 21_417,
    bytes: 999,
  });
});

test('gives no counts in JSON for an archive that could not be opened', () => {
  assert.deepEqual(validatedJson(missing), { ...backupJson(missing.backup), verdict: missing.verdict });
});
