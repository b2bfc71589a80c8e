import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PartialArchive } from '../../../src/archive/partial-archive.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { sha256 } from '../../support/volume-tree.ts';

test('what was written is kept under its own name, for its owner alone', (t) => {
  const folder = tempFolder(t);
  const partial = new PartialArchive(folder, 'run.tar.gz');
  partial.write(Buffer.from('some '));
  partial.write(Buffer.from('bytes'));
  const hash = partial.end();
  const path = partial.keepAs('kept.tar.gz');
  assert.deepEqual(
    {
      hash,
      sizeBytes: partial.sizeBytes,
      content: readFileSync(path, 'utf8'),
      mode: statSync(path).mode & 0o777,
      files: readdirSync(folder),
    },
    {
      hash: sha256(Buffer.from('some bytes')),
      sizeBytes: 10,
      content: 'some bytes',
      mode: 0o600,
      files: ['kept.tar.gz'],
    },
  );
});

test('another file of that name is never replaced', (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, 'kept.tar.gz'), 'another');
  const partial = new PartialArchive(folder, 'run.tar.gz');
  partial.end();
  assert.throws(() => partial.keepAs('kept.tar.gz'), { code: 'EEXIST' });
  partial.discard();
  assert.deepEqual(
    [readdirSync(folder), readFileSync(join(folder, 'kept.tar.gz'), 'utf8')],
    [['kept.tar.gz'], 'another'],
  );
});

test('a name that it cannot be given in the end is not left taken', (t) => {
  const folder = tempFolder(t);
  const partial = new PartialArchive(folder, 'run.tar.gz');
  partial.end();
  rmSync(partial.path);
  assert.throws(() => partial.keepAs('kept.tar.gz'), { code: 'ENOENT' });
  assert.deepEqual(readdirSync(folder), []);
});

test('half an archive can be discarded, and begun again', (t) => {
  const folder = tempFolder(t);
  const first = new PartialArchive(folder, 'run.tar.gz');
  first.write(Buffer.from('half'));
  first.discard();
  const second = new PartialArchive(folder, 'run.tar.gz');
  second.discard();
  assert.deepEqual(readdirSync(folder), []);
});
