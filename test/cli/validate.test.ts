import assert from 'node:assert/strict';
import { test } from 'node:test';
import { archives, damagedBackups, sha256, wrongChecksum } from '../support/damaged-backups.ts';
import { genuineFolder, run } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

const complete = archives['complete'] ?? Buffer.of();
const damaged = ['--catalog', 'backups.db'];

test('proves a genuine archive complete and shows what is in it', async (t) => {
  assert.deepEqual(await run(['validate', 'backup/3', '--show-files=2'], { cwd: genuineFolder(t) }), {
    exitCode: 0,
    stdout: `NAME   PVC           VERDICT    MEMBERS   SIZE    CONTENT
3      web-content   complete   118       114Ki   242Ki

  archive     114Ki (116,987 bytes)
  sha256      8977e784ef86b3b2fdf7c9e84e8738c3309102515a6363bfdbb8fc33115fbed2
  members     118
  content     242Ki (247,958 bytes)
  types       41 file, 70 directory, 4 symlink, 2 hardlink, 1 fifo
  owners      0:0 (89), 0:999 (4), 999:999 (4), 65534:999 (3), 65534:2000 (3), 0:2000 (3), 1000:2000 (2), 65534:0 (2), 999:2000 (2), 1000:1000 (2), 1000:999 (1), 999:0 (1)
  largest     app/24/11/f24.txt (16Ki)
  setuid      1
  links out   1
  lost+found  yes
  first 2 members:
    .
    hard2
`,
    stderr: 'catalogue: /here/data/backups.db\n',
  });
});

test('shows 40 members with a bare --show-files', async (t) => {
  const { stdout } = await run(['validate', '3', '--show-files'], { cwd: genuineFolder(t) });
  assert.equal(/first (\d+) members:\n((?: {4}.*\n)*)$/.exec(stdout)?.[2]?.split('\n').length, 41);
});

for (const { name, id } of [
  { name: 'orders-data', id: '5' },
  { name: 'pvc/orders-data', id: '5' },
  { name: 'persistentvolumeclaim/orders-data', id: '5' },
  { name: 'backup/4', id: '4' },
  { name: '1', id: '1' },
]) {
  test(`finds the backup that ${name} names`, async (t) => {
    const words = ['validate', name, ...(name.endsWith('orders-data') ? ['-n', 'shop'] : []), '-o', 'name'];
    const { exitCode, stdout } = await run(words, { cwd: genuineFolder(t) });
    assert.deepEqual({ exitCode, stdout }, { exitCode: 0, stdout: `backup/${id}\n` });
  });
}

test('takes the newest backup of a claim that finished not after --at', async (t) => {
  const words = ['validate', 'orders-data', '-n', 'shop', '--at', '2026-11-22T20:33:20Z', '-o', 'name'];
  assert.equal((await run(words, { cwd: genuineFolder(t) })).stdout, 'backup/1\n');
});

const faults = {
  missing: { reason: 'the archive missing.tar.gz is not there; looked at /here/missing.tar.gz, PARENT' },
  empty: { offset: 0, reason: 'the file is empty' },
  'checksum-mismatch': {
    expected: wrongChecksum,
    found: sha256(complete),
    reason: 'the archive is not the one that was filed',
  },
  'not-gzip': {
    offset: 0,
    expected: '1f8b',
    found: '6865',
    reason: 'the file does not begin as gzip data does',
  },
  corrupt: {
    member: { number: 1, name: '.' },
    offset: 512,
    expected: 'checksum 007060',
    found: 'checksum 007457',
    reason: 'no valid tar header follows member 1 (.)',
  },
  truncated: {
    member: { number: 3, name: 'b.txt' },
    offset: 2560,
    reason: 'the tar stream ends right after member 3 (b.txt)',
  },
  unsafe: {
    member: { number: 2, name: '../evil' },
    offset: 512,
    reason: "member 2 (../evil) is a name with '..' in it",
  },
};

for (const [result, fault] of Object.entries(faults)) {
  test(`judges an archive ${result}, with exit status 11 and the verdict as JSON`, async (t) => {
    const cwd = tempFolder(t);
    damagedBackups(cwd);
    const id = String(Object.keys(archives).indexOf(result) + 1);
    const { exitCode, stdout } = await run(['validate', id, ...damaged, '-o', 'json'], { cwd });
    const document = stdout.replace(/looked at (\S+), [^"]+/, 'looked at $1, PARENT');
    assert.deepEqual(
      { exitCode, verdict: JSON.parse(document).verdict },
      { exitCode: 11, verdict: { result, ...fault } },
    );
  });
}

test('prints a row for each backup, then what is wrong with those that are not complete', async (t) => {
  const cwd = tempFolder(t);
  damagedBackups(cwd);
  assert.deepEqual(await run(['validate', '1', '7', '4', ...damaged], { cwd }), {
    exitCode: 11,
    stdout: `NAME   PVC                 VERDICT             MEMBERS   SIZE   CONTENT
1      complete            complete            3         ${complete.length}B   10B
7      truncated           truncated           3         ${archives['truncated']?.length}B   10B
4      checksum-mismatch   checksum-mismatch   3         ${complete.length}B   10B

backup/7 is truncated: the tar stream ends right after member 3 (b.txt)
  member      3, b.txt
  offset      2560 of the tar stream

backup/4 is checksum-mismatch: the archive is not the one that was filed
  expected    ${wrongChecksum}
  found       ${sha256(complete)}
`,
    stderr: [
      'catalogue: /here/backups.db\n',
      ...['backup/7', 'backup/4'].map(
        (name) =>
          `last resort, into another claim than the one backed up: kubectl nkvm restore ${name} --catalog backups.db --accept-incomplete --target NS/PVC\n`,
      ),
    ].join(''),
  });
});

test('prints the names of the complete ones only', async (t) => {
  const cwd = tempFolder(t);
  damagedBackups(cwd);
  const { exitCode, stdout } = await run(['validate', '7', '1', ...damaged, '-o', 'name'], { cwd });
  assert.deepEqual({ exitCode, stdout }, { exitCode: 11, stdout: 'backup/1\n' });
});

const judged = (id: string, pvc: string, verdict: object) => ({
  apiVersion: 'nkvm.dev/v1',
  kind: 'Backup',
  id,
  namespace: 'shop',
  pvc,
  pvcUid: '48b6904b-c731-4aa9-9fb9-b2c4e41c8212',
  status: 'success',
  createdAt: '2026-03-01T12:00:05Z',
  archive: {
    path: `${pvc}.tar.gz`,
    resolvedPath: `/here/${pvc}.tar.gz`,
    sizeBytes: archives[pvc]?.length,
  },
  checksumSha256: sha256(archives[pvc] ?? Buffer.of()),
  message: '',
  catalog: '/here/backups.db',
  verdict,
});
const whole = { ...judged('1', 'complete', { result: 'complete' }), members: 3, bytes: 10 };
const hollow = { ...judged('3', 'empty', { result: 'empty', ...faults.empty }), members: 0, bytes: 0 };

test('prints one Backup for one, a BackupList for several, and a line for each as jsonl', async (t) => {
  const cwd = tempFolder(t);
  damagedBackups(cwd);
  const answer = async (...words: string[]) =>
    (await run(['validate', ...words, ...damaged], { cwd })).stdout;
  const lines = (await answer('1', '3', '-o', 'jsonl')).trimEnd().split('\n');
  assert.deepEqual(
    {
      one: JSON.parse(await answer('1', '-o', 'json')),
      several: JSON.parse(await answer('1', '3', '-o', 'json')),
      lines: lines.map((line) => JSON.parse(line)),
    },
    {
      one: whole,
      several: { apiVersion: 'nkvm.dev/v1', kind: 'BackupList', items: [whole, hollow] },
      lines: [whole, hollow],
    },
  );
});

test('prints the verdict as YAML', async (t) => {
  const cwd = tempFolder(t);
  damagedBackups(cwd);
  const { stdout } = await run(['validate', '3', ...damaged, '-o', 'yaml'], { cwd });
  const verdict =
    'verdict:\n  result: empty\n  offset: 0\n  reason: the file is empty\nmembers: 0\nbytes: 0\n';
  assert.equal(stdout.slice(stdout.indexOf('verdict:')), verdict);
});
