import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { stripElf } from '../../../scripts/build/strip-elf.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const node = readFileSync(process.execPath);
const skip = process.platform === 'linux' ? false : 'there is no ELF file to be had';

test('Node without symbols is smaller by a tenth, and does what it did', { skip }, (t) => {
  const file = join(tempFolder(t), 'node');
  const stripped = stripElf(node);
  writeFileSync(file, stripped, { mode: 0o755 });
  const script = 'process.stdout.write(require("zlib").crc32("data") + process.version)';

  const said = [process.execPath, file].map((program) =>
    execFileSync(program, ['-e', script], { encoding: 'utf8' }),
  );

  assert.equal(said[0], said[1]);
  assert.equal(stripped.length < node.length * 0.9, true);
});

test('stripping a second time changes nothing', { skip }, () => {
  const once = stripElf(node);
  assert.equal(stripElf(once).equals(once), true);
});

test('a file of another kind is refused', () => {
  assert.throws(() => stripElf(Buffer.from('MZ, and more')), {
    message: 'not a little-endian ELF file of 64 bits',
  });
});
