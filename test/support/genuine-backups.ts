/** What the NKVM app itself left, in `test/fixtures/genuine`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { run } from './host-volume.ts';
import { tempFolder } from './temp-folder.ts';

const folder = join(import.meta.dirname, '..', 'fixtures', 'genuine');

export const genuineCatalog = join(folder, 'data', 'backups.db');

/** The newest successful one of each claim. */
export const genuine = [
  { id: '3', namespace: 'shop', pvc: 'web-content', archive: '20261122T203310Z__shop__web-content.tar.gz' },
  { id: '4', namespace: 'blog', pvc: 'uploads', archive: '20261122T203314Z__blog__uploads.tar.gz' },
  { id: '5', namespace: 'shop', pvc: 'orders-data', archive: '20261122T203318Z__shop__orders-data.tar.gz' },
] as const;

/** The folder that GNU tar, which loses nothing, makes of one of them. Needs root. */
export async function extracted(t: TestContext, id: string): Promise<string> {
  const archive = genuine.find((one) => one.id === id)?.archive ?? id;
  const target = join(tempFolder(t), 'volume');
  mkdirSync(target);
  await run('tar', ['--numeric-owner', '-xpzf', join(folder, 'backups', archive), '-C', target]);
  return target;
}
