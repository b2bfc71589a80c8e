import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { openDirectory } from '../../../src/catalog/directory.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const older = '20260301T120000Z__shop__orders-data.tar.gz';
const newer = '20260302T120000Z__shop__orders-data.tar.gz';
const other = '20260303T120000Z__blog__uploads.tar.gz';

async function openWith(t: TestContext, names: readonly string[]) {
  const directory = tempFolder(t);
  for (const name of names) writeFileSync(join(directory, name), 'archive');
  const catalog = openDirectory(directory);
  return { directory, catalog, ids: (found: readonly { id: string }[]) => found.map(({ id }) => id) };
}

test('reads the claim and the time of a backup from its file name', async (t) => {
  const { directory, catalog } = await openWith(t, [older]);

  assert.deepEqual(catalog.list({ status: 'any', limit: 0 }), [
    {
      id: older,
      namespace: 'shop',
      pvc: 'orders-data',
      status: 'success',
      createdAt: '2026-03-01T12:00:00Z',
      archive: { path: join(directory, older) },
      message: '',
      catalog: directory,
    },
  ]);
  assert.equal(catalog.vouched, false);
});

test('lists newest first and only what is an archive', async (t) => {
  const { directory, catalog, ids } = await openWith(t, [
    older,
    other,
    newer,
    'README',
    'x.tar.gz',
    `${newer}.part`,
  ]);
  mkdirSync(join(directory, '20260304T120000Z__shop__folder.tar.gz'));
  symlinkSync('nowhere', join(directory, '20260304T120000Z__shop__dangling.tar.gz'));

  assert.deepEqual(ids(catalog.list({ status: 'any', limit: 0 })), [other, newer, older]);
});

test('filters as a database does', async (t) => {
  const { catalog, ids } = await openWith(t, [older, newer, other]);
  const list = (query: object) => ids(catalog.list({ status: 'success', limit: 0, ...query }));

  assert.deepEqual(
    {
      namespace: list({ namespace: 'shop' }),
      pvcs: list({ pvcs: ['uploads', 'nothing'] }),
      failed: list({ status: 'failed' }),
      since: list({ since: new Date('2026-03-02T12:00:00Z') }),
      until: list({ until: new Date('2026-03-02T12:00:00Z') }),
      limit: list({ limit: 1 }),
      older: list({ namespace: 'shop', olderThanId: newer }),
      olderThanUnknown: list({ olderThanId: 'unknown' }),
    },
    {
      namespace: [newer, older],
      pvcs: [other],
      failed: [],
      since: [other, newer],
      until: [newer, older],
      limit: [other],
      older: [older],
      olderThanUnknown: [],
    },
  );
});

test('counts the backups of each claim', async (t) => {
  const { catalog } = await openWith(t, [older, newer, other]);

  assert.deepEqual(catalog.claims({ status: 'success' }), [
    { namespace: 'blog', pvc: 'uploads', backups: 1 },
    { namespace: 'shop', pvc: 'orders-data', backups: 2 },
  ]);
});
