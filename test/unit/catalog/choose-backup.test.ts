import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { Catalog } from '../../../src/catalog/catalog.ts';
import { backupById, newestBackup, olderBackups } from '../../../src/catalog/choose-backup.ts';
import { openHistoryDb } from '../../../src/catalog/history-db.ts';
import { failedRow, type HistoryRow, makeHistoryDb } from '../../support/history-db.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const day = (date: number) => ({ created_at: `2026-03-0${date}T00:00:00+00:00` });
const claim = { namespace: 'shop', pvc: 'orders-data' };
const listAll = 'List them all with `kubectl nkvm list -A --status any --limit 0`.';

/** IDs 1 to 5: orders-data on days 1 to 3 and failed on day 4; then blog/uploads on day 5. */
const rows = [
  day(1),
  day(2),
  day(3),
  { ...day(4), ...failedRow },
  { ...day(5), namespace: 'blog', pvc_name: 'uploads' },
];

async function openWith(t: TestContext, filed: readonly HistoryRow[] = rows): Promise<Catalog> {
  const catalog = await openHistoryDb(makeHistoryDb(join(tempFolder(t), 'backups.db'), filed));
  t.after(() => catalog.close());
  return catalog;
}

test('takes the newest successful backup of a claim, not a failed one after it', async (t) => {
  assert.equal(newestBackup(await openWith(t), claim).id, '3');
});

test('takes the newest that was finished by a given time', async (t) => {
  assert.equal(newestBackup(await openWith(t), { ...claim, at: new Date('2026-03-02T00:00:00Z') }).id, '2');
});

test('goes back through the older successful backups of the same claim', async (t) => {
  const catalog = await openWith(t);

  const older = olderBackups(catalog, newestBackup(catalog, claim), 0);

  assert.deepEqual(
    older.map(({ id }) => id),
    ['2', '1'],
  );
});

test('tells which backups a claim has when none fits', async (t) => {
  const catalog = await openWith(t, [day(2), { ...day(1), ...failedRow }]);

  assert.throws(() => newestBackup(catalog, { ...claim, at: new Date('2026-03-01T12:00:00Z') }), {
    name: 'CatalogError',
    code: 'backup-not-found',
    message:
      `${catalog.path} has no successful backup of shop/orders-data finished by 2026-03-01T12:00:00Z; ` +
      'it has: backup/1 (success, 2026-03-02T00:00:00Z), backup/2 (failed, 2026-03-01T00:00:00Z)',
    action: listAll,
  });
});

test('tells in which namespace a claim of that name has backups', async (t) => {
  const catalog = await openWith(t);

  assert.throws(() => newestBackup(catalog, { namespace: 'shop', pvc: 'uploads' }), {
    message: `${catalog.path} has no successful backup of shop/uploads; there are backups of: blog/uploads`,
  });
});

test('tells which claims have backups when the name is unknown', async (t) => {
  const catalog = await openWith(t);

  assert.throws(() => newestBackup(catalog, { namespace: 'shop', pvc: 'typo' }), {
    message: `${catalog.path} has no successful backup of shop/typo; there are backups of: blog/uploads, shop/orders-data`,
  });
});

test('finds a backup by its ID', async (t) => {
  assert.equal(backupById(await openWith(t), '2').createdAt, '2026-03-02T00:00:00Z');
});

test('tells the newest IDs when one is unknown, and not all of thousands', async (t) => {
  const catalog = await openWith(t, Array(1000).fill({}));

  assert.throws(() => backupById(catalog, '2000'), {
    code: 'backup-not-found',
    message: `${catalog.path} has no backup/2000; newest: 1000, 999, 998, 997, 996, 995, 994, 993, 992, 991, ...`,
    action: listAll,
  });
});

test('says that an empty catalogue has none', async (t) => {
  const catalog = await openWith(t, []);

  assert.throws(() => backupById(catalog, '1'), {
    message: `${catalog.path} has no backup/1; it has none at all`,
  });
});

test('refuses a backup that failed, with its reason', async (t) => {
  const catalog = await openWith(t);

  assert.throws(() => backupById(catalog, '4'), {
    code: 'backup-failed',
    message: 'backup/4 did not succeed: no room',
    action: 'Select another with `kubectl nkvm list orders-data -n shop`.',
  });
});

test('refuses a successful row that cannot be right', async (t) => {
  const catalog = await openWith(t, [{ checksum_sha256: 'abc' }]);

  assert.throws(() => backupById(catalog, '1'), {
    code: 'backup-failed',
    message: 'backup/1 did not succeed: the row cannot be used: its checksum is not 64 hexadecimal digits',
  });
});
