import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { createListingParser } from '../../../src/domain/listing-parser.ts';
import type { VolumeEntry } from '../../../src/domain/volume-listing.ts';

const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
const bytes = (...frames: readonly string[]) =>
  Buffer.from(frames.map((frame) => `${frame}\0`).join(''), 'latin1');

const file = (path: string, sha256?: string): VolumeEntry => ({
  path,
  type: 'file',
  sizeBytes: 5,
  mode: 0o644,
  uid: 999,
  gid: 998,
  mtimeSeconds: -1,
  allocatedBytes: 4096,
  ...(sha256 === undefined ? { unreadable: true } : { sha256 }),
});
const stat = (name: string, rawMode = '81a4') => `${rawMode} 999 998 5 -1 8 512 ${name}\n`;
const root: VolumeEntry = {
  path: '.',
  type: 'directory',
  sizeBytes: 0,
  mode: 0o2755,
  uid: 999,
  gid: 998,
  mtimeSeconds: -1,
  allocatedBytes: 4096,
};

function parse(...chunks: readonly Uint8Array[]) {
  const entries: VolumeEntry[] = [];
  const parser = createListingParser((entry) => entries.push(entry));
  for (const chunk of chunks) parser.push(chunk);
  return { entries, ...parser.end() };
}

const link = { ...root, path: 'l', type: 'symlink', mode: 0o777, linkTarget: '\xff\n' } as const;
const whole = bytes(
  ...['.', './l', './\xe9', '', `${stat('.', '45ed')}${stat('./l', 'a1ff')}${stat('./\xe9')}`],
  ...['./l', '\xff\n', '', `${a}  ./\xe9\n`],
  ...['./x\ny', '', stat('./x\ny'), '', `\\${b}  ./x\\ny\n`],
  ...['END', '0'],
);
const listed = { entries: [root, link, file('\xe9', a), file('x\ny', b)], everyDirectoryRead: true };

test('reads the same entries from chunks of any size', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(whole.length)), (places) => {
      const cuts = [0, ...places.sort((one, other) => one - other), whole.length];
      const chunks = cuts.slice(1).map((end, index) => whole.subarray(cuts[index], end));
      assert.deepEqual(parse(...chunks), listed);
    }),
  );
});

test('takes a listing cut at any byte for no listing', () => {
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => parse(whole.subarray(0, length)), {
      message: 'the listing of the volume was cut off',
    });
  }
});

test('leaves out what vanished before it was looked at', () => {
  const found = parse(
    bytes('./gone', './x', '', stat('./x'), './gone', 'to', '', `${a}  ./gone\n${b}  ./x\n`, 'END', '0'),
  );
  assert.deepEqual(found.entries, [file('x', b)]);
});

test('takes a file without a hash, and a symlink without a target, for unreadable', () => {
  const stats = `${stat('./x')}${stat('./l', 'a1ff')}${stat('./m', 'a1ff')}`;
  const found = parse(bytes('./x', './l', './m', '', stats, './m', '', '', '', 'END', '0'));
  const { linkTarget, ...lost } = { ...link, unreadable: true };
  assert.deepEqual(found.entries, [file('x'), lost, { ...lost, path: 'm' }]);
});

test('takes the hashes of a batch in any order', () => {
  const stats = `${stat('./x')}${stat('./y\\')}`;
  const found = parse(bytes('./x', './y\\', '', stats, '', `\\${b}  ./y\\\\\n${a}  ./x\n`, 'END', '0'));
  assert.deepEqual(found.entries, [file('x', a), file('y\\', b)]);
});

test('says that the walk could not enter every directory', () => {
  assert.deepEqual(parse(bytes('END', '1')), { entries: [], everyDirectoryRead: false });
});

for (const [what, frames, message] of [
  ['a name that is not below the root', ['/etc', ''], 'malformed: a name out of place'],
  ['a name after the last frame', ['END', '0', './x'], 'malformed: something after the last frame'],
  ['more names than a batch has', Array(1001).fill('./x'), 'malformed: a name out of place'],
  ['more symlinks than names', ['.', '', '', './x', 'to', './y', 'to'], 'malformed: too many symlinks'],
  ['a stat line of another name', ['./x', '', stat('./y'), '', ''], 'malformed: a stat line of no name'],
  ['a hash of another name', ['./x', '', stat('./x'), '', `${a}  ./y\n`], 'malformed: a hash of no name'],
  [
    'a kind of file that Linux does not have',
    ['.', '', stat('.', '3000'), '', ''],
    'malformed: an unknown kind of file (mode 3000)',
  ],
  ['a frame without an end', ['x'.repeat(4 * 1024 * 1024 + 1)], 'malformed: a frame without an end'],
] as const) {
  test(`refuses ${what}`, () => {
    const stream = bytes(...frames);
    const input = what === 'a frame without an end' ? stream.subarray(0, -1) : stream;
    assert.throws(() => parse(input), { message: `the listing of the volume is ${message}` });
  });
}

test('refuses a walk whose find was killed', () => {
  assert.throws(() => parse(bytes('END', '137')), {
    message: 'the walk of the volume was stopped: find exited 137',
  });
});
