/** Volumes with owners of all kinds, and what a folder has of them. */
import { chmodSync, lchownSync, lutimesSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onDisk } from './volume-tree.ts';

/** By path: type where it is not a file, mode and owner. */
export type Owners = Readonly<Record<string, string>>;

const time = 1_600_000_000;

/** What is in such a volume; the root itself is left as it is, but for its time. */
export const mixedOwners: Owners = {
  closed: 'directory 0555 1000:1000',
  'closed/file': '0644 1000:1000',
  foreign: 'directory 0755 33:33',
  'foreign/file': '0640 33:33',
  'foreign/setgid': '2755 1000:33',
  'foreign/setuid': '4755 0:0',
  hidden: '0000 1000:1000',
  link: 'symlink 0777 33:33',
  own: 'directory 2775 1000:2000',
  'own/file': '0664 1000:2000',
  'own/setgid': '2755 1000:2000',
  'own/setuid': '4755 1000:2000',
};

/** Makes what `owners` says in a folder; each file holds its path. */
export function makeOwners(folder: string, owners: Owners): void {
  for (const [path, words] of Object.entries(owners)) {
    const at = join(folder, path);
    const [, type, mode = '', uid, gid] = /^(?:(\w+) )?(\d{4}) (\d+):(\d+)$/.exec(words) ?? [];
    if (type === 'directory') mkdirSync(at);
    else if (type === 'symlink') symlinkSync('nowhere', at);
    else writeFileSync(at, path);
    lchownSync(at, Number(uid), Number(gid));
    if (type !== 'symlink') chmodSync(at, Number.parseInt(mode, 8));
  }
  for (const path of [...Object.keys(owners), '.']) lutimesSync(join(folder, path), time, time);
}

/** Without `except`. Throws where a time is not the one that `makeOwners` gave, but for the root's. */
export function ownersOf(folder: string, except: readonly string[] = []): Owners {
  const entries = onDisk(Buffer.from(folder), 'stat').filter(({ path }) => !except.includes(path));
  for (const { path, mtimeSeconds } of entries) {
    if (path !== '.' && mtimeSeconds !== time) throw new Error(`${path} has the time ${mtimeSeconds}`);
  }
  return Object.fromEntries(
    entries.map(({ path, type, mode, uid, gid }) => {
      const kind = type === 'file' ? '' : `${type} `;
      return [path, `${kind}${mode.toString(8).padStart(4, '0')} ${uid}:${gid}`];
    }),
  );
}
