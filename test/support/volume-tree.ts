/** Volumes for tests: any tree of names that are bytes, made on disk, and what the file system itself says of it. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import fc from 'fast-check';
import type { VolumeEntry } from '../../src/domain/volume-listing.ts';

type Node =
  | { readonly kind: 'file'; readonly content: Uint8Array; readonly mode: number; readonly mtime: number }
  | { readonly kind: 'symlink'; readonly target: Uint8Array; readonly mtime: number }
  | { readonly kind: 'directory'; readonly mode: number; readonly children: Children };
export type Children = readonly (readonly [name: Uint8Array, node: Node])[];

const withoutNul = (maxLength: number) => fc.uint8Array({ min: 1, minLength: 1, maxLength });
const tricky = [
  '-n',
  '-exec',
  '--',
  '!',
  '(',
  ' ',
  '*',
  '81a4 0 0 1',
  'END',
  'a\nb',
  '\\',
  '\\n',
  '\r',
  `'"$(id)`,
];
const name = fc
  .oneof(withoutNul(12), fc.constantFrom(...tricky.map((text) => Buffer.from(text))))
  .map((bytes) => Buffer.from(bytes))
  .filter((bytes) => !bytes.includes('/') && !['.', '..'].includes(bytes.toString('latin1')));
const mtime = fc.integer({ min: -1_000_000_000, max: 4_000_000_000 });
const children = (node: fc.Arbitrary<Node>) =>
  fc.uniqueArray(fc.tuple(name, node), {
    maxLength: 6,
    selector: ([bytes]) => bytes.toString('latin1'),
  });
export const { tree } = fc.letrec<{ tree: Children; node: Node }>((tie) => ({
  tree: children(tie('node')),
  node: fc.oneof(
    { maxDepth: 3 },
    fc.record({
      kind: fc.constant('file' as const),
      content: fc.uint8Array({ maxLength: 40 }),
      mode: fc.integer({ min: 0, max: 0o7777 }).map((mode) => mode | 0o400),
      mtime,
    }),
    fc.record({ kind: fc.constant('symlink' as const), target: withoutNul(20), mtime }),
    fc.record({
      kind: fc.constant('directory' as const),
      mode: fc.integer({ min: 0, max: 0o7777 }).map((mode) => mode | 0o700),
      children: children(tie('node')),
    }),
  ),
}));

const below = (folder: Buffer, child: Uint8Array) => Buffer.concat([folder, Buffer.from('/'), child]);

/** Fills an empty folder. */
export function grow(folder: Buffer, nodes: Children): void {
  for (const [child, node] of nodes) {
    const path = below(folder, child);
    if (node.kind === 'directory') {
      mkdirSync(path);
      grow(path, node.children);
      chmodSync(path, node.mode);
      continue;
    }
    if (node.kind === 'symlink') symlinkSync(Buffer.from(node.target), path);
    else {
      writeFileSync(path, node.content);
      chmodSync(path, node.mode);
    }
    lutimesSync(path, node.mtime, node.mtime);
  }
}

/** What the file system itself says, in the order of the paths' bytes. */
export function onDisk(root: Buffer, mode: 'hash' | 'stat'): VolumeEntry[] {
  const entries: VolumeEntry[] = [];
  const visit = (path: Buffer, relative: string): void => {
    const stat = lstatSync(path, { bigint: true });
    const [isFile, isLink] = [stat.isFile(), stat.isSymbolicLink()];
    entries.push({
      path: relative === '' ? '.' : relative.slice(1),
      type: isFile ? 'file' : isLink ? 'symlink' : stat.isDirectory() ? 'directory' : 'fifo',
      sizeBytes: isFile ? Number(stat.size) : 0,
      mode: Number(stat.mode) & 0o7777,
      uid: Number(stat.uid),
      gid: Number(stat.gid),
      mtimeSeconds: Math.floor(Number(stat.mtimeNs) / 1e9),
      allocatedBytes: Number(stat.blocks) * 512,
      ...(isLink && { linkTarget: readlinkSync(path, { encoding: 'buffer' }).toString('latin1') }),
      ...(isFile && mode === 'hash' && { sha256: sha256(readFileSync(path)) }),
    });
    if (!stat.isDirectory()) return;
    for (const child of readdirSync(path, { encoding: 'buffer' })) {
      visit(below(path, child), `${relative}/${child.toString('latin1')}`);
    }
  };
  visit(root, '');
  return entries.sort(byPath);
}

export const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
export const byPath = (one: VolumeEntry, other: VolumeEntry) => (one.path < other.path ? -1 : 1);
