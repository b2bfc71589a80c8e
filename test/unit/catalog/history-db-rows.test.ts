import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { Catalog } from '../../../src/catalog/catalog.ts';
import { openHistoryDb } from '../../../src/catalog/history-db.ts';
import { type HistoryRow, makeHistoryDb } from '../../support/history-db.ts';
import { tempFolder } from '../../support/temp-folder.ts';

async function openWith(t: TestContext, rows: readonly HistoryRow[]): Promise<Catalog> {
  const catalog = await openHistoryDb(makeHistoryDb(join(tempFolder(t), 'backups.db'), rows));
  t.after(() => catalog.close());
  return catalog;
}

for (const [what, row, problem] of [
  ['another status', { status: 'done' }, 'its status is neither success nor failed'],
  ['words for a time', { created_at: 'now' }, 'its created_at is not a time'],
  ['an impossible time', { created_at: '2026-13-01T00:00:00+00:00' }, 'its created_at is not a time'],
  ['a number for a time', { created_at: 1772366400 }, 'its created_at is not a time'],
  ['a short checksum', { checksum_sha256: 'abc' }, 'its checksum is not 64 hexadecimal digits'],
  [
    'a checksum of other letters',
    { checksum_sha256: 'z'.repeat(64) },
    'its checksum is not 64 hexadecimal digits',
  ],
  ['no checksum', { checksum_sha256: null }, 'its checksum is not 64 hexadecimal digits'],
  ['no archive', { backup_path: null }, 'it names no archive'],
  ['a namespace that is none', { namespace: '\u001b[31m' }, 'its namespace is not one'],
  ['an empty claim', { pvc_name: '' }, 'its pvc_name is not one'],
  ['bytes for a claim', { pvc_name: Buffer.from([0xff, 0xfe]) }, 'its pvc_name is not one'],
] as const) {
  test(`lists a successful backup with ${what} as failed, with the reason`, async (t) => {
    const catalog = await openWith(t, [row]);

    const found = catalog.list({ status: 'failed', limit: 0 });

    assert.deepEqual(
      found.map(({ id, status, message }) => ({ id, status, message })),
      [{ id: '1', status: 'failed', message: `the row cannot be used: ${problem}` }],
    );
  });
}

test('leaves the time of a row without one empty, and lists the row last', async (t) => {
  const catalog = await openWith(t, [{ created_at: '' }, { created_at: '2001-01-01T00:00:00+00:00' }]);

  const found = catalog.list({ status: 'any', limit: 0 });

  assert.deepEqual(
    found.map(({ id, createdAt }) => [id, createdAt]),
    [
      ['2', '2001-01-01T00:00:00Z'],
      ['1', ''],
    ],
  );
});
