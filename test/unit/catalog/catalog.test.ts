import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { type AppWish, type CatalogOptions, openCatalog } from '../../../src/catalog/catalog.ts';
import { makeHistoryDb } from '../../support/history-db.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const nameAnother =
  'Name another with --catalog (a backups.db file or a directory of archives), or the archive itself with --archive PATH --checksum HEX.';

/** A working directory with databases at these places. */
function cwdWith(t: TestContext, files: readonly string[]): string {
  const cwd = tempFolder(t);
  mkdirSync(join(cwd, 'data'));
  for (const file of files) makeHistoryDb(join(cwd, file), []);
  return cwd;
}

/** The path of the catalogue; of an app, what was wished for. */
async function chosen(options: Omit<CatalogOptions, 'openApp'>): Promise<string> {
  const openApp = async (wish: AppWish) => ({ ...nothing, path: JSON.stringify(wish) });
  const catalog = await openCatalog({ ...options, openApp });
  catalog.close();
  return catalog.path;
}

const nothing = { vouched: true, list: () => [], find: () => undefined, claims: () => [], close: () => {} };

test('takes the flag before the environment before the usual place', async (t) => {
  const cwd = cwdWith(t, ['flag.db', 'env.db', 'data/backups.db']);

  const paths = [
    await chosen({ cwd, flag: 'flag.db', metadataDbPath: 'env.db' }),
    await chosen({ cwd, metadataDbPath: 'env.db' }),
    await chosen({ cwd, metadataDbPath: '' }),
    await chosen({ cwd }),
  ];

  assert.deepEqual(
    paths,
    ['flag.db', 'env.db', 'data/backups.db', 'data/backups.db'].map((file) => join(cwd, file)),
  );
});

test('never falls back from a named catalogue that fails', async (t) => {
  const cwd = cwdWith(t, ['data/backups.db']);
  writeFileSync(join(cwd, 'torn.db'), '');

  await assert.rejects(chosen({ cwd, flag: 'absent.db' }), {
    name: 'CatalogError',
    code: 'catalog-missing',
    message: `${join(cwd, 'absent.db')} is not there`,
    action: nameAnother,
  });
  await assert.rejects(chosen({ cwd, metadataDbPath: 'torn.db' }), { code: 'catalog-empty' });
  await assert.rejects(chosen({ cwd, flag: '' }), { message: 'no catalogue: --catalog is empty' });
});

test('takes the app where nothing is configured, and says what it looked at before', async (t) => {
  const cwd = tempFolder(t);

  assert.deepEqual(JSON.parse(await chosen({ cwd })), {
    lookedAt: `neither --catalog nor NKVM_METADATA_DB_PATH is given, there is no ${join(cwd, 'data/backups.db')}`,
  });
});

test('takes the app where it is asked for, before what lies at the usual place', async (t) => {
  const cwd = cwdWith(t, ['data/backups.db']);

  const wishes = [
    await chosen({ cwd, flag: 'app', metadataDbPath: 'env.db' }),
    await chosen({ cwd, flag: 'app:backups/nkvm.v2' }),
  ];

  assert.deepEqual(
    wishes.map((wish) => JSON.parse(wish)),
    [{}, { name: { namespace: 'backups', deployment: 'nkvm.v2' } }],
  );
});

test('takes a file that is called app by its path', async (t) => {
  const cwd = cwdWith(t, ['app']);

  assert.equal(await chosen({ cwd, flag: './app' }), join(cwd, 'app'));
});

test('opens a directory as a directory of archives', async (t) => {
  const cwd = cwdWith(t, []);

  assert.equal(await chosen({ cwd, flag: 'data' }), join(cwd, 'data'));
});

test('loads no addon for a directory of archives', async (t) => {
  const cwd = cwdWith(t, []);
  const nativeBinding = () => assert.fail('the addon was loaded');

  assert.equal(await chosen({ cwd, flag: '.', nativeBinding }), cwd);
});
