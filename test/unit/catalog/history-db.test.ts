import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { Catalog } from '../../../src/catalog/catalog.ts';
import { openHistoryDb } from '../../../src/catalog/history-db.ts';
import { failedRow, type HistoryRow, makeHistoryDb, someChecksum } from '../../support/history-db.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const genuine = join(import.meta.dirname, '../../fixtures/genuine/data/backups.db');

async function openWith(t: TestContext, rows: readonly HistoryRow[]): Promise<Catalog> {
  const catalog = await openHistoryDb(makeHistoryDb(join(tempFolder(t), 'backups.db'), rows));
  t.after(() => catalog.close());
  return catalog;
}

function ids(found: readonly { readonly id: string }[]): readonly string[] {
  return found.map(({ id }) => id);
}

test('reads the rows that the NKVM app wrote', async (t) => {
  const catalog = await openHistoryDb(genuine);
  t.after(() => catalog.close());

  const [newest, ...rest] = catalog.list({ status: 'any', limit: 0 });

  assert.deepEqual(newest, {
    id: '5',
    namespace: 'shop',
    pvc: 'orders-data',
    pvcUid: '48b6904b-c731-4aa9-9fb9-b2c4e41c8212',
    status: 'success',
    createdAt: '2026-11-22T20:33:21Z',
    archive: { path: 'backups/20261122T203318Z__shop__orders-data.tar.gz' },
    checksumSha256: '5874805129911ed6bf6f07a2adb8918345bef1ddb4bc75e282dfc48d5a0a9c2a',
    message: '',
    catalog: genuine,
  });
  assert.deepEqual(ids(rest), ['4', '3', '2', '1']);
});

test('reads why a backup failed', async (t) => {
  const catalog = await openHistoryDb(genuine);
  t.after(() => catalog.close());

  const failed = catalog.find('2');

  assert.deepEqual(failed, {
    id: '2',
    namespace: 'blog',
    pvc: 'never-bound',
    pvcUid: '79ccfc9c-04c7-4006-b56b-fad1796a8922',
    status: 'failed',
    createdAt: '2026-11-22T20:33:09Z',
    message:
      'wait stage failed: helper pod blog/nkv-backup-blog-never-bound-20261122203305 did not become Running in time ' +
      '(last observed phase=Pending; pod unschedulable (Unschedulable: 0/1 nodes are available: ' +
      'pod has unbound immediate PersistentVolumeClaims. not found))',
    catalog: genuine,
  });
});

test('orders by time whatever the zone, then by ID', async (t) => {
  const catalog = await openWith(t, [
    { created_at: '2026-03-01T23:30:00-02:00' },
    { created_at: '2026-03-02T01:00:00+00:00' },
    { created_at: '2026-03-02T02:00:00+01:00' },
    { created_at: '2026-03-02T00:59:59.900Z' },
  ]);

  const found = catalog.list({ status: 'any', limit: 0 });

  assert.deepEqual(
    found.map(({ id, createdAt }) => [id, createdAt]),
    [
      ['1', '2026-03-02T01:30:00Z'],
      ['3', '2026-03-02T01:00:00Z'],
      ['2', '2026-03-02T01:00:00Z'],
      ['4', '2026-03-02T00:59:59Z'],
    ],
  );
});

test('filters by namespace, claims, status, time and number', async (t) => {
  const catalog = await openWith(t, [
    { created_at: '2026-03-01T00:00:00+00:00' },
    { created_at: '2026-03-02T00:00:00+00:00', ...failedRow },
    { created_at: '2026-03-03T00:00:00+00:00', pvc_name: 'web' },
    { created_at: '2026-03-04T00:00:00+00:00', namespace: 'blog' },
  ]);
  const list = (query: object) => ids(catalog.list({ status: 'any', limit: 0, ...query }));

  assert.deepEqual(
    {
      all: list({}),
      namespace: list({ namespace: 'shop' }),
      pvcs: list({ pvcs: ['web', 'nothing'] }),
      noPvcs: list({ pvcs: [] }),
      success: list({ status: 'success' }),
      failed: list({ status: 'failed' }),
      since: list({ since: new Date('2026-03-02T00:00:00Z') }),
      until: list({ until: new Date('2026-03-02T00:00:00Z') }),
      limit: list({ limit: 2 }),
      older: list({ namespace: 'shop', pvcs: ['orders-data'], olderThanId: '2' }),
      olderThanUnknown: list({ olderThanId: '77' }),
    },
    {
      all: ['4', '3', '2', '1'],
      namespace: ['3', '2', '1'],
      pvcs: ['3'],
      noPvcs: ['4', '3', '2', '1'],
      success: ['4', '3', '1'],
      failed: ['2'],
      since: ['4', '3', '2'],
      until: ['2', '1'],
      limit: ['4', '3'],
      older: ['1'],
      olderThanUnknown: [],
    },
  );
});

for (const id of ['', '0', '01', '1 ', '1e0', 'x', '2', '999999999999999999999']) {
  test(`finds no backup under the ID "${id}"`, async (t) => {
    const catalog = await openWith(t, [{}]);

    assert.equal(catalog.find(id), undefined);
  });
}

test('finds an ID beyond what a number can hold exactly', async (t) => {
  const folder = tempFolder(t);
  const { default: Database } = await import('better-sqlite3');
  const database = new Database(makeHistoryDb(join(folder, 'backups.db'), [{}]));
  database.exec('UPDATE backup_history SET id = 9007199254740993');
  database.close();
  const catalog = await openHistoryDb(join(folder, 'backups.db'));
  t.after(() => catalog.close());

  assert.equal(catalog.find('9007199254740993')?.id, '9007199254740993');
});

test('counts the backups of each claim', async (t) => {
  const catalog = await openWith(t, [{}, {}, failedRow, { namespace: 'blog', pvc_name: 'uploads' }]);

  assert.deepEqual(catalog.claims({ status: 'success' }), [
    { namespace: 'blog', pvc: 'uploads', backups: 1 },
    { namespace: 'shop', pvc: 'orders-data', backups: 2 },
  ]);
});

test('gives checksums in lower case', async (t) => {
  const catalog = await openWith(t, [{ checksum_sha256: someChecksum.toUpperCase() }]);

  assert.equal(catalog.find('1')?.checksumSha256, someChecksum);
});

test('says nothing of a table without rows', async (t) => {
  const catalog = await openWith(t, []);

  assert.deepEqual(catalog.list({ status: 'any', limit: 20 }), []);
});
