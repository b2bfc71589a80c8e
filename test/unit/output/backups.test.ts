import assert from 'node:assert/strict';
import test from 'node:test';
import type { Backup } from '../../../src/domain/backup.ts';
import { backupJson, backupListJson, backupTable } from '../../../src/output/backups.ts';

const now = new Date('2026-03-04T12:00:00Z');
const checksumSha256 = '0123456789abcdef'.repeat(4);
const orders: Backup = {
  id: '12',
  namespace: 'shop',
  pvc: 'orders-data',
  pvcUid: '48b6904b',
  status: 'success',
  createdAt: '2026-03-01T12:00:05Z',
  archive: { path: 'backups/o.tar.gz', resolvedPath: '/nkvm/backups/o.tar.gz', sizeBytes: 253_952 },
  checksumSha256,
  message: '',
  catalog: '/nkvm/data/backups.db',
};
const lost: Backup = { ...orders, id: '11', archive: { path: 'old backups/o.tar.gz' } };
const remote: Backup = { ...orders, id: '10', archive: { path: 'FTPS://host/dir/o.tar.gz' } };
const failed: Backup = {
  id: '9',
  namespace: 'blog',
  pvc: 'uploads',
  status: 'failed',
  createdAt: '2026-03-01T12:00:05Z',
  message: 'no room\non device',
  catalog: '/nkvm/data/backups.db',
};

test('lists backups with what is known of their archives', () => {
  assert.equal(
    backupTable([orders, lost, remote, failed], { allNamespaces: false, wide: false, now }),
    `NAME   PVC           STATUS    SIZE      CHECKSUM       AGE
12     orders-data   success   248Ki     0123456789ab   2d23h
11     orders-data   success   missing   0123456789ab   2d23h
10     orders-data   success   -         0123456789ab   2d23h
9      uploads       failed    -         -              2d23h
`,
  );
});

test('puts the namespace first for all namespaces, and the message last when wide', () => {
  assert.equal(
    backupTable([lost, failed], { allNamespaces: true, wide: true, now }),
    `NAMESPACE   NAME   PVC           STATUS    SIZE      CHECKSUM       AGE     CREATED                ARCHIVE                   PVC-UID    MESSAGE
shop        11     orders-data   success   missing   0123456789ab   2d23h   2026-03-01T12:00:05Z   old\\x20backups/o.tar.gz   48b6904b
blog        9      uploads       failed    -         -              2d23h   2026-03-01T12:00:05Z   -                         -          no room\\non device
`,
  );
});

test('gives a backup in the form of the JSON contract, in its order', () => {
  assert.equal(
    JSON.stringify(backupJson(orders)),
    JSON.stringify({
      apiVersion: 'nkvm.dev/v1',
      kind: 'Backup',
      id: '12',
      namespace: 'shop',
      pvc: 'orders-data',
      pvcUid: '48b6904b',
      status: 'success',
      createdAt: '2026-03-01T12:00:05Z',
      archive: orders.archive,
      checksumSha256,
      message: '',
      catalog: '/nkvm/data/backups.db',
    }),
  );
});

test('leaves out what is not known of a failed backup', () => {
  assert.deepEqual(backupJson(failed), { apiVersion: 'nkvm.dev/v1', kind: 'Backup', ...failed });
});

test('gives several backups as a list', () => {
  assert.deepEqual(backupListJson([backupJson(failed)]), {
    apiVersion: 'nkvm.dev/v1',
    kind: 'BackupList',
    items: [{ apiVersion: 'nkvm.dev/v1', kind: 'Backup', ...failed }],
  });
});
