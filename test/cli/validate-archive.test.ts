import assert from 'node:assert/strict';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { archives, damagedBackups, sha256, wrongChecksum } from '../support/damaged-backups.ts';
import { makeHistoryDb } from '../support/history-db.ts';
import { genuineFolder, run } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

const complete = archives['complete'] ?? Buffer.of();

for (const { title, checksum, exitCode, result } of [
  { title: 'without a checksum', checksum: ['--no-checksum'], exitCode: 0, result: 'complete' },
  { title: 'with its own', checksum: ['--checksum', sha256(complete)], exitCode: 0, result: 'complete' },
  {
    title: 'with its own in capitals',
    checksum: ['--checksum', sha256(complete).toUpperCase()],
    exitCode: 0,
    result: 'complete',
  },
  {
    title: 'with another one',
    checksum: ['--checksum', wrongChecksum],
    exitCode: 11,
    result: 'checksum-mismatch',
  },
]) {
  test(`judges a file ${title} ${result}, and reads no catalogue`, async (t) => {
    const cwd = tempFolder(t);
    writeFileSync(join(cwd, 'some.tar.gz'), complete);
    const words = ['validate', '--archive', 'some.tar.gz', ...checksum, '-o', 'json'];
    const answer = await run(words, { cwd });
    const { result: found } = JSON.parse(answer.stdout).verdict;
    const stderr =
      exitCode === 0
        ? ''
        : `last resort, into another claim than the one backed up: kubectl nkvm restore --archive some.tar.gz ${checksum.join(' ')} --accept-incomplete --target NS/PVC\n`;
    assert.deepEqual({ ...answer, stdout: found }, { exitCode, stdout: result, stderr });
  });
}

test('judges a file that is not there missing', async (t) => {
  const words = ['validate', '--archive', 'nope.tar.gz', '--no-checksum', '-o', 'json'];
  const { exitCode, stdout } = await run(words, { cwd: tempFolder(t) });
  assert.deepEqual([exitCode, JSON.parse(stdout).verdict.result], [11, 'missing']);
});

for (const { title, words, code, message } of [
  {
    title: 'an ID that is not there',
    words: ['99'],
    code: 'backup-not-found',
    message: '/here/data/backups.db has no backup/99; newest: 5, 4, 3, 2, 1',
  },
  {
    title: 'a claim without a backup',
    words: ['nope', '-n', 'shop'],
    code: 'backup-not-found',
    message:
      '/here/data/backups.db has no successful backup of shop/nope; there are backups of: blog/uploads, shop/orders-data, shop/web-content',
  },
  {
    title: 'a time before the first backup',
    words: ['orders-data', '-n', 'shop', '--at', '2026-11-22T20:33:00Z'],
    code: 'backup-not-found',
    message:
      '/here/data/backups.db has no successful backup of shop/orders-data finished by 2026-11-22T20:33:00Z; it has: backup/5 (success, 2026-11-22T20:33:21Z), backup/1 (success, 2026-11-22T20:33:04Z)',
  },
  {
    title: 'a backup that failed',
    words: ['backup/2'],
    code: 'backup-failed',
    message:
      'backup/2 did not succeed: wait stage failed: helper pod blog/nkv-backup-blog-never-bound-20261122203305 did not become Running in time (last observed phase=Pending; pod unschedulable (Unschedulable: 0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found))',
  },
]) {
  test(`refuses ${title} with exit status 11, and says what there is`, async (t) => {
    const { exitCode, stdout } = await run(['validate', ...words, '-o', 'json'], { cwd: genuineFolder(t) });
    const { error } = JSON.parse(stdout);
    assert.deepEqual({ exitCode, code: error.code, message: error.message }, { exitCode: 11, code, message });
  });
}

const cut = 'backups/20261122T203318Z__shop__orders-data.tar.gz';

test('names the next older complete backup of the claim, with its command', async (t) => {
  const cwd = genuineFolder(t);
  truncateSync(join(cwd, cut), 100_000);
  const { exitCode, stderr } = await run(['validate', 'backup/5'], { cwd });
  assert.deepEqual(
    { exitCode, stderr },
    {
      exitCode: 11,
      stderr: `catalogue: /here/data/backups.db
backup/1 of 2026-11-22T20:33:04Z, older than backup/5: complete
next: kubectl nkvm restore backup/1
`,
    },
  );
});

test('names it also for what was read with -f, with the catalogue that it was listed from', async (t) => {
  const cwd = genuineFolder(t);
  const list = await run(['list', 'orders-data', '-n', 'shop', '--limit', '1', '-o', 'json'], { cwd });
  const input = list.stdout.replaceAll('/here', cwd);
  truncateSync(join(cwd, cut), 100_000);
  const { exitCode, stderr } = await run(['validate', '-f', '-'], { cwd, input });
  assert.deepEqual(
    { exitCode, stderr },
    {
      exitCode: 11,
      stderr: `catalogue: /here/data/backups.db
backup/1 of 2026-11-22T20:33:04Z, older than backup/5: complete
next: kubectl nkvm restore backup/1 --catalog /here/data/backups.db
`,
    },
  );
});

test('passes over an older backup that is not complete either', async (t) => {
  const cwd = tempFolder(t);
  damagedBackups(cwd);
  const row = (name: string, day: string) => ({
    backup_path: `${name}.tar.gz`,
    checksum_sha256: sha256(archives[name] ?? Buffer.of()),
    created_at: `2026-03-${day}T12:00:05+00:00`,
  });
  makeHistoryDb(join(cwd, 'some.db'), [row('complete', '01'), row('truncated', '02'), row('empty', '03')]);
  const { stderr } = await run(['validate', 'orders-data', '-n', 'shop', '--catalog', 'some.db'], { cwd });
  assert.equal(
    stderr,
    `catalogue: /here/some.db
backup/2 of 2026-03-02T12:00:05Z, older than backup/3: truncated
backup/1 of 2026-03-01T12:00:05Z, older than backup/3: complete
next: kubectl nkvm restore backup/1 --catalog some.db
`,
  );
});

test('finds an archive of the app’s own paths in --archive-dir and in NKVM_BACKUP_DIR', async (t) => {
  const cwd = tempFolder(t);
  writeFileSync(join(cwd, 'moved.tar.gz'), complete);
  const filed = { backup_path: '/var/lib/nkvm/backups/moved.tar.gz', checksum_sha256: sha256(complete) };
  makeHistoryDb(join(cwd, 'some.db'), [filed]);
  const words = ['validate', '1', '--catalog', 'some.db', '-o', 'name'];
  const byFlag = await run([...words, '--archive-dir', '.'], { cwd });
  const byEnvironment = await run(words, { cwd, env: { NKVM_BACKUP_DIR: cwd } });
  const stdout = 'backup/1\n';
  assert.deepEqual([byFlag.stdout, byEnvironment.stdout], [stdout, stdout]);
});

test('leaves the archive as it was', async (t) => {
  const cwd = genuineFolder(t);
  const before = readFileSync(join(cwd, cut));
  await run(['validate', 'backup/5'], { cwd });
  assert.deepEqual(readFileSync(join(cwd, cut)), before);
});
