import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { type CatalogOptions, openCatalog } from '../../../src/catalog/catalog.ts';
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

async function chosen(options: CatalogOptions): Promise<string> {
  const catalog = await openCatalog(options);
  catalog.close();
  return catalog.path;
}

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

test('says what it looked at when nothing is configured', async (t) => {
  const cwd = tempFolder(t);

  await assert.rejects(chosen({ cwd }), {
    code: 'catalog-missing',
    message: `no catalogue: neither --catalog nor NKVM_METADATA_DB_PATH is given, and there is no ${join(cwd, 'data/backups.db')}`,
    action: nameAnother,
  });
});

for (const flag of ['app', 'app:', 'app:nkvm/app']) {
  test(`refuses --catalog ${flag} as something for a later version`, async (t) => {
    const cwd = cwdWith(t, ['data/backups.db']);

    await assert.rejects(chosen({ cwd, flag }), {
      code: 'catalog-unsupported',
      message: `--catalog ${flag}: reading the history out of the running app needs a later version`,
    });
  });
}

test('opens a directory as a directory of archives', async (t) => {
  const cwd = cwdWith(t, []);

  assert.equal(await chosen({ cwd, flag: 'data' }), join(cwd, 'data'));
});

test('loads no addon for a directory of archives', async (t) => {
  const cwd = cwdWith(t, []);
  const nativeBinding = () => assert.fail('the addon was loaded');

  assert.equal(await chosen({ cwd, flag: '.', nativeBinding }), cwd);
});
