import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type ArchiveInspection, inspectArchive } from '../../../src/archive/inspect-archive.ts';
import { ManifestWriter } from '../../../src/archive/manifest-writer.ts';
import type { Member } from '../../../src/domain/member.ts';
import { paxHeader, sourceOf, tarOf } from '../../support/tar-builder.ts';

const folder = mkdtempSync(join(tmpdir(), 'tar-dialects-'));
after(() => rmSync(folder, { recursive: true }));

/** Paths are bytes as latin1, as in `Member`. */
const bytesOf = (path: string): Buffer => Buffer.from(`${folder}/${path}`, 'latin1');
const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

const longTarget = `${'up/'.repeat(60)}target`;
const deep = Array.from({ length: 14 }, (_, at) => `deep-directory-name-${at}`).join('/');
const notUtf8 = 'caf\xe9';

before(() => {
  mkdirSync(bytesOf(deep), { recursive: true });
  const names = [
    'with space',
    'new\nline',
    '-dash',
    'back\\slash',
    'x'.repeat(200),
    latin1('é'.repeat(100)),
    latin1('✓'),
  ];
  for (const name of [...names, `${deep}/leaf`]) writeFileSync(bytesOf(name), name);
  writeFileSync(bytesOf('large'), Buffer.alloc(3_000_000, 'large'));
  writeFileSync(bytesOf('empty'), '');
  linkSync(bytesOf('with space'), bytesOf('zz hard link'));
  symlinkSync('with space', bytesOf('link'));
  symlinkSync(longTarget, bytesOf('long-link'));
  mkdirSync(bytesOf('empty-directory'), { mode: 0o750 });
  execFileSync('mkfifo', [`${folder}/fifo`]);
  chmodSync(bytesOf('large'), 0o4755);
  lutimesSync(bytesOf('large'), 9_000_000_000, 9_000_000_000);
});

function pathsBelow(path: string): string[] {
  return readdirSync(bytesOf(path), { encoding: 'latin1', withFileTypes: true }).flatMap((entry) => {
    const below = path === '.' ? entry.name : `${path}/${entry.name}`;
    return entry.isDirectory() ? [below, ...pathsBelow(below)] : [below];
  });
}

/** The path as it is on disk, hard links as files. */
function onDisk(path: string): Member {
  const status = lstatSync(bytesOf(path));
  const common = { path, mode: status.mode & 0o7777, uid: status.uid, gid: status.gid, sizeBytes: 0 };
  const member = { ...common, mtimeSeconds: Math.floor(status.mtimeMs / 1000) };
  if (status.isDirectory()) return { ...member, type: 'directory' };
  if (status.isFIFO()) return { ...member, type: 'fifo' };
  if (status.isSymbolicLink()) {
    return { ...member, type: 'symlink', linkTarget: readlinkSync(bytesOf(path), { encoding: 'latin1' }) };
  }
  const sha256 = createHash('sha256')
    .update(readFileSync(bytesOf(path)))
    .digest('hex');
  return { ...member, type: 'file', sizeBytes: status.size, sha256 };
}

interface ReadBack {
  readonly inspection: ArchiveInspection;
  /** By path; hard links as files. */
  readonly members: readonly Member[];
}

async function readBack(tar: Buffer): Promise<ReadBack> {
  const writer = new ManifestWriter(tmpdir());
  const inspection = await inspectArchive(sourceOf(gzipSync(tar)), { manifest: writer });
  const manifest = writer.finish();
  const members = [...manifest.members()].map((member): Member => {
    if (member.type !== 'hardlink') return member;
    const { linkTarget: _, ...file } = member;
    return { ...file, type: 'file' };
  });
  manifest.close();
  return { inspection, members: members.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

function tree(): readonly Member[] {
  return ['.', ...pathsBelow('.')].map(onDisk).sort((a, b) => (a.path < b.path ? -1 : 1));
}

const pack = (program: string, args: readonly string[]): Buffer =>
  execFileSync(program, [...args, '-C', folder, '.'], { maxBuffer: 2 ** 26 });

test('what busybox tar writes is read back as it is on disk', async () => {
  writeFileSync(bytesOf(notUtf8), 'not UTF-8');
  const { inspection, members } = await readBack(pack('busybox', ['tar', '-cf', '-']));
  const expected = tree();
  rmSync(bytesOf(notUtf8));
  assert.deepEqual(inspection.verdict, { result: 'complete' });
  assert.equal(inspection.types.hardlink, 1);
  assert.deepEqual(members, expected);
});

test('what GNU tar writes in its own format is read back as it is on disk', async () => {
  writeFileSync(bytesOf(notUtf8), 'not UTF-8, and older than 1970');
  lutimesSync(bytesOf(notUtf8), -5, -5);
  const { inspection, members } = await readBack(pack('tar', ['--format=gnu', '-cf', '-']));
  const expected = tree();
  rmSync(bytesOf(notUtf8));
  assert.deepEqual(inspection.verdict, { result: 'complete' });
  assert.deepEqual(members, expected);
});

test('what GNU tar writes in pax format is read back as it is on disk, and counted', async () => {
  lutimesSync(bytesOf('empty'), -1.5, -1.5);
  const { inspection, members } = await readBack(pack('tar', ['--format=posix', '-cf', '-']));
  assert.deepEqual(inspection.verdict, { result: 'complete' });
  assert.equal(inspection.paxMembers > 0, true);
  assert.deepEqual(members, tree());
  lutimesSync(bytesOf('empty'), 1, 1);
});

test('a pax name that is not UTF-8 is read as the bytes that it is', async () => {
  writeFileSync(bytesOf(notUtf8), '');
  const { members } = await readBack(pack('tar', ['--format=posix', '-cf', '-']));
  const expected = tree();
  rmSync(bytesOf(notUtf8));
  assert.deepEqual(members, expected);
});

/** Holes at both ends, and more parts than one block of the map has room for. */
function writeSparse(path: string): void {
  const file = openSync(bytesOf(path), 'w');
  for (let part = 1; part <= 60; part += 1) {
    writeSync(file, Buffer.alloc(4096 + part, `part ${part}`), 0, 4096 + part, part * 65_536);
  }
  ftruncateSync(file, 9_000_000);
  closeSync(file);
}

const sparseDialects: ReadonlyArray<readonly [string, readonly string[]]> = [
  ["GNU tar's own format", ['--format=gnu']],
  ['pax, version 0.0', ['--format=posix', '--sparse-version=0.0']],
  ['pax, version 0.1', ['--format=posix', '--sparse-version=0.1']],
  ['pax, version 1.0', ['--format=posix', '--sparse-version=1.0']],
];

for (const [dialect, args] of sparseDialects) {
  test(`sparse files in ${dialect} are read back as they are on disk, and counted`, async () => {
    const paths = ['sparse', `${deep}/sparse`, 'nothing-but-a-hole'];
    for (const path of paths.slice(0, 2)) writeSparse(path);
    execFileSync('truncate', ['-s', '1M', `${folder}/${paths[2]}`]);
    const { inspection, members } = await readBack(pack('tar', [...args, '-S', '-cf', '-']));
    const expected = tree();
    for (const path of paths) rmSync(bytesOf(path));
    assert.deepEqual(inspection.verdict, { result: 'complete' });
    assert.equal(inspection.sparseMembers, 3);
    assert.deepEqual(members, expected);
  });
}

test('a global pax header gives every member after it what its own header does not say', async () => {
  const { inspection, members } = await readBack(
    tarOf(
      { name: './before' },
      paxHeader({ comment: 'a commit', uid: '3000000', mtime: '5.5' }, 'g'),
      { name: './after', uid: 7 },
      paxHeader({ uid: '8', mtime: '' }),
      { name: './own', mtimeSeconds: 9 },
    ),
  );
  assert.deepEqual(inspection.verdict, { result: 'complete' });
  assert.deepEqual(
    members.slice(1).map(({ path, uid, mtimeSeconds }) => [path, uid, mtimeSeconds]),
    [
      ['after', 3_000_000, 5],
      ['before', 0, 1_700_000_000],
      ['own', 8, 9],
    ],
  );
  assert.equal(inspection.paxMembers, 2);
});

test('a ustar name may be split over name and prefix', async () => {
  const magic = 'ustar\x0000';
  const { members } = await readBack(
    tarOf({ name: 'name', prefix: './some/prefix', magic, mtimeSeconds: 0 }),
  );
  assert.deepEqual(
    members.map(({ path }) => path),
    ['.', 'some/prefix/name'],
  );
});

for (const [what, ...members] of [
  ['times where POSIX has a prefix', { name: './x', prefix: '14360104122\0' }],
  ['a prefix under a magic that is not quite ustar', { name: './x', prefix: 'in', magic: 'ustar000' }],
  ['a file whose name ends as a directory', { name: './x/', magic: 'ustar\x0000' }],
] as const) {
  test(`${what} is not for busybox`, async () => {
    const { inspection, members: read } = await readBack(tarOf(...members));
    assert.deepEqual(
      [inspection.verdict.result, inspection.foreignMembers, read.map(({ path }) => path)],
      ['complete', 1, ['.', 'x']],
    );
  });
}

test('the name of a sparse file is one that busybox does not see', async () => {
  const { inspection, members } = await readBack(
    tarOf(paxHeader({ 'GNU.sparse.name': './seen' }), { name: './stored' }),
  );
  assert.deepEqual(
    [inspection.verdict.result, inspection.paxMembers, members.map(({ path }) => path)],
    ['complete', 1, ['.', 'seen']],
  );
});

test('an archive older than ustar tells directories by their name', async () => {
  const { inspection, members } = await readBack(
    tarOf(
      { name: './d/', magic: '', typeFlag: '\0' },
      { name: './d/f', magic: '', typeFlag: '\0', content: 'x' },
    ),
  );
  assert.deepEqual(inspection.verdict, { result: 'complete' });
  assert.deepEqual(
    members.map(({ path, type }) => [path, type]),
    [
      ['.', 'directory'],
      ['d', 'directory'],
      ['d/f', 'file'],
    ],
  );
});
