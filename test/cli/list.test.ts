import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { failedRow, makeHistoryDb, someChecksum } from '../support/history-db.ts';
import { genuineFolder, run } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

const catalogue = 'catalogue: /here/data/backups.db\n';

test('shows every namespace newest first, with the namespace as the first column', async (t) => {
  assert.deepEqual(await run(['list', '-A'], { cwd: genuineFolder(t) }), {
    exitCode: 0,
    stdout: [
      'NAMESPACE   NAME   PVC           STATUS    SIZE    CHECKSUM       AGE',
      'shop        5      orders-data   success   242Ki   587480512991   150m',
      'blog        4      uploads       success   817Ki   8b6ffe02dca6   150m',
      'shop        3      web-content   success   114Ki   8977e784ef86   150m',
      'shop        1      orders-data   success   242Ki   39525ab4efbe   150m',
      '',
    ].join('\n'),
    stderr: catalogue,
  });
});

test('shows with -o wide when, where, which claim and why not', async (t) => {
  const cwd = genuineFolder(t);
  const { stdout } = await run(['list', 'web-content', '-n', 'shop', '-o', 'wide'], { cwd });
  assert.equal(
    stdout,
    [
      'NAME   PVC           STATUS    SIZE    CHECKSUM       AGE    CREATED                ARCHIVE                                              PVC-UID                                MESSAGE',
      '3      web-content   success   114Ki   8977e784ef86   150m   2026-11-22T20:33:13Z   backups/20261122T203310Z__shop__web-content.tar.gz   d87d4b12-5344-4210-86b5-9455e9b484d0',
      '',
    ].join('\n'),
  );
});

const order = {
  apiVersion: 'nkvm.dev/v1',
  kind: 'Backup',
  id: '1',
  namespace: 'shop',
  pvc: 'orders-data',
  pvcUid: '48b6904b-c731-4aa9-9fb9-b2c4e41c8212',
  status: 'success',
  createdAt: '2026-11-22T20:33:04Z',
  archive: {
    path: 'backups/20261122T203302Z__shop__orders-data.tar.gz',
    resolvedPath: '/here/backups/20261122T203302Z__shop__orders-data.tar.gz',
    sizeBytes: 247942,
  },
  checksumSha256: '39525ab4efbea3ce23b0e07c80134f1e22d53e542ce3bfb6f1635d9268bf157b',
  message: '',
  catalog: '/here/data/backups.db',
};

const oldest = ['list', 'orders-data', '-n', 'shop', '--until', '2026-11-22T20:33:04Z', '-q'];

test('prints a BackupList as JSON', async (t) => {
  const { exitCode, stdout, stderr } = await run([...oldest, '-o', 'json'], { cwd: genuineFolder(t) });
  const list = { apiVersion: 'nkvm.dev/v1', kind: 'BackupList', items: [order] };
  assert.deepEqual(
    { exitCode, document: JSON.parse(stdout), stderr },
    { exitCode: 0, document: list, stderr: '' },
  );
});

test('prints one Backup a line as jsonl, and says what it reads as JSON lines too', async (t) => {
  const words = [...oldest.slice(0, -1), '-o', 'jsonl'];
  assert.deepEqual(await run(words, { cwd: genuineFolder(t) }), {
    exitCode: 0,
    stdout: `${JSON.stringify(order)}\n`,
    stderr: '{"time":"2026-11-22T23:03:30.000Z","type":"info","text":"catalogue: /here/data/backups.db"}\n',
  });
});

test('prints the same data as YAML', async (t) => {
  const { stdout } = await run([...oldest, '-o', 'yaml'], { cwd: genuineFolder(t) });
  assert.equal(
    stdout,
    `apiVersion: nkvm.dev/v1
kind: BackupList
items:
  - apiVersion: nkvm.dev/v1
    kind: Backup
    id: '1'
    namespace: shop
    pvc: orders-data
    pvcUid: 48b6904b-c731-4aa9-9fb9-b2c4e41c8212
    status: success
    createdAt: '2026-11-22T20:33:04Z'
    archive:
      path: backups/20261122T203302Z__shop__orders-data.tar.gz
      resolvedPath: /here/backups/20261122T203302Z__shop__orders-data.tar.gz
      sizeBytes: 247942
    checksumSha256: 39525ab4efbea3ce23b0e07c80134f1e22d53e542ce3bfb6f1635d9268bf157b
    message: ''
    catalog: /here/data/backups.db
`,
  );
});

for (const { what, words, names } of [
  { what: 'any status', words: ['-A', '--status', 'any'], names: '5 4 3 2 1' },
  { what: 'failed ones', words: ['-A', '--status=failed'], names: '2' },
  { what: 'two claims', words: ['-A', 'uploads', 'web-content'], names: '4 3' },
  { what: 'a limit', words: ['-A', '--limit', '2'], names: '5 4' },
  { what: 'no limit', words: ['-A', '--limit', '0'], names: '5 4 3 1' },
  { what: 'a time and later', words: ['-A', '--since', '2026-11-22T20:33:16Z'], names: '5 4' },
  { what: 'a time with another zone', words: ['-A', '--until', '2026-11-22T21:33:13+01:00'], names: '3 1' },
  { what: 'an age', words: ['-A', '--since', '3h'], names: '5 4 3 1' },
  { what: 'a day', words: ['-A', '--since', '2026-11-22'], names: '5 4 3 1' },
]) {
  test(`prints as names what ${what} lets through`, async (t) => {
    const { stdout } = await run(['list', ...words, '-o', 'name'], { cwd: genuineFolder(t) });
    const expected = names.split(' ').map((name) => `backup/${name}\n`);
    assert.equal(stdout, expected.join(''));
  });
}

test('shows an archive that is gone as missing and one that lies elsewhere without a size', async (t) => {
  const cwd = tempFolder(t);
  const remote = 'scp://nas/backups/20260301T120000Z__shop__remote.tar.gz';
  makeHistoryDb(join(cwd, 'some.db'), [{}, { pvc_name: 'remote', backup_path: remote }, failedRow]);
  const words = ['list', '-n', 'shop', '--catalog', 'some.db', '--status', 'any'];
  assert.deepEqual(await run(words, { cwd }), {
    exitCode: 0,
    stdout: [
      'NAME   PVC           STATUS    SIZE      CHECKSUM       AGE',
      '3      orders-data   failed    -         -              266d',
      `2      remote        success   -         ${someChecksum.slice(0, 12)}   266d`,
      `1      orders-data   success   missing   ${someChecksum.slice(0, 12)}   266d`,
      '',
    ].join('\n'),
    stderr: 'catalogue: /here/some.db\n',
  });
});

test('says on stderr where there would have been some when the answer is empty', async (t) => {
  assert.deepEqual(await run(['list'], { cwd: genuineFolder(t) }), {
    exitCode: 0,
    stdout: '',
    stderr: `${catalogue}warning: no such backup in namespace default; there are some in: blog, shop (-A shows all)\n`,
  });
});

test('says it too where there is none anywhere, and prints an empty list as JSON', async (t) => {
  const { stdout, stderr } = await run(['list', '-A', 'nope', '-o', 'json'], { cwd: genuineFolder(t) });
  const list = { apiVersion: 'nkvm.dev/v1', kind: 'BackupList', items: [] };
  assert.deepEqual(
    { list: JSON.parse(stdout), stderr },
    { list, stderr: `${catalogue}warning: no such backup anywhere\n` },
  );
});

test('takes the database of the environment before the conventional one, and the flag before both', async (t) => {
  const cwd = genuineFolder(t);
  const env = { NKVM_METADATA_DB_PATH: makeHistoryDb(join(cwd, 'env.db'), []) };
  makeHistoryDb(join(cwd, 'flag.db'), []);
  const catalogueOf = async (words: readonly string[]) =>
    (await run(['list', '-A', ...words], { cwd, env })).stderr.split('\n')[0];
  assert.deepEqual(
    [await catalogueOf([]), await catalogueOf(['--catalog', 'flag.db'])],
    ['catalogue: /here/env.db', 'catalogue: /here/flag.db'],
  );
});

test('lists a directory of archives, which has neither checksums nor claims’ UIDs', async (t) => {
  const cwd = genuineFolder(t);
  rmSync(join(cwd, 'data'), { recursive: true });
  const { stdout } = await run(['list', '--catalog', 'backups', '-n', 'blog', '-o', 'name'], { cwd });
  assert.equal(stdout, 'backup/20261122T203314Z__blog__uploads.tar.gz\n');
});

test('takes no other namespace where the context that is named is not there', async (t) => {
  const { exitCode, stdout, stderr } = await run(['list', '--context', 'typo'], { cwd: genuineFolder(t) });
  assert.deepEqual([exitCode, stdout], [1, '']);
  assert.match(stderr, /error: the kubeconfig has no context "typo"; it has: none\n/);
});
