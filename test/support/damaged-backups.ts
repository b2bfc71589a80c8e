/** A history whose archives are each wrong in one way, as `backups.db` and files beside it. */
import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeHistoryDb } from './history-db.ts';
import { tarOf } from './tar-builder.ts';

const members = [
  { name: './a.txt', content: 'hello' },
  { name: './b.txt', content: 'world' },
];
const tar = tarOf(...members);

function withDamagedHeader(): Buffer {
  const damaged = Buffer.from(tar);
  damaged[512 + 10] = 0xff;
  return damaged;
}

/** By verdict, in the order of their IDs: `complete` is backup/1. */
export const archives: Readonly<Record<string, Buffer>> = {
  complete: gzipSync(tar),
  missing: Buffer.of(),
  empty: Buffer.of(),
  'checksum-mismatch': gzipSync(tar),
  'not-gzip': Buffer.from('hello world, this is no gzip'),
  corrupt: gzipSync(withDamagedHeader()),
  truncated: gzipSync(tar.subarray(0, -1024)),
  unsafe: gzipSync(tarOf({ name: '../evil', content: 'x' })),
};

export const wrongChecksum = 'ab'.repeat(32);

export const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** The claims bear the verdicts' names. */
export function damagedBackups(folder: string): void {
  const names = Object.keys(archives);
  for (const [name, bytes] of Object.entries(archives)) writeFileSync(join(folder, `${name}.tar.gz`), bytes);
  rmSync(join(folder, 'missing.tar.gz'));
  const rows = names.map((name) => ({
    pvc_name: name,
    backup_path: `${name}.tar.gz`,
    checksum_sha256: name === 'checksum-mismatch' ? wrongChecksum : sha256(archives[name] ?? Buffer.of()),
  }));
  makeHistoryDb(join(folder, 'backups.db'), rows);
}
