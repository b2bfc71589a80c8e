import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { tarGz, zip } from '../../../scripts/build/archive.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const files = [
  { name: 'kubectl-nkvm', content: Buffer.from('#!/bin/sh\n'.repeat(1000)), isProgram: true },
  { name: 'LICENSE', content: Buffer.from('free'), isProgram: false },
];

test('a tar.gz is what tar reads, with modes and without an owner or a time', (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, 'a.tar.gz'), tarGz(files, 9));

  const words = ['--utc', '--numeric-owner', '-tvzf', 'a.tar.gz'];
  const listed = execFileSync('tar', words, { cwd: folder, encoding: 'utf8' });
  execFileSync('tar', ['-xzf', 'a.tar.gz'], { cwd: folder });

  assert.deepEqual(
    listed
      .trim()
      .split('\n')
      .map((line) => line.replace(/ +/g, ' ')),
    ['-rwxr-xr-x 0/0 10000 1970-01-01 00:00 ./kubectl-nkvm', '-rw-r--r-- 0/0 4 1970-01-01 00:00 ./LICENSE'],
  );
  assert.deepEqual(
    files.map(({ name }) => readFileSync(join(folder, name))),
    files.map(({ content }) => content),
  );
});

test('a zip lists its files with their modes, and each is where the list says', () => {
  const archive = zip(files, 9);

  const end = archive.length - 22;
  let at = archive.readUInt32LE(end + 16);
  const found = files.map(() => {
    const nameBytes = archive.readUInt16LE(at + 28);
    const local = archive.readUInt32LE(at + 42);
    const begin = local + 30 + archive.readUInt16LE(local + 26);
    const packed = archive.subarray(begin, begin + archive.readUInt32LE(at + 20));
    const entry = {
      name: archive.toString('utf8', at + 46, at + 46 + nameBytes),
      isSame: archive.subarray(at + 6, at + 32).equals(archive.subarray(local + 4, local + 30)),
      isProgram: archive.readUInt16LE(at + 40) === 0o100755,
      content: inflateRawSync(packed),
    };
    at += 46 + nameBytes;
    return entry;
  });
  assert.deepEqual(
    found,
    files.map((file) => ({ ...file, isSame: true })),
  );
  assert.equal(at, end);
});

test('the same files are the same bytes', () => {
  assert.deepEqual([tarGz(files, 9), zip(files, 9)], [tarGz(files, 9), zip(files, 9)]);
});
