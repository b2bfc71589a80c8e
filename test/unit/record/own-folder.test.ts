import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeOwnFolder, tryOwnFolder } from '../../../src/record/own-folder.ts';
import { tempFolder } from '../../support/temp-folder.ts';

test('a folder is made with those above it, for its owner alone, and nothing stays in it', async (t) => {
  const above = join(tempFolder(t), 'made');
  const folder = join(above, 'here');
  await tryOwnFolder(folder);
  const modes = [above, folder].map((at) => statSync(at).mode & 0o777);
  assert.deepEqual({ modes, files: readdirSync(folder) }, { modes: [0o700, 0o700], files: [] });
});

test('a folder that is there stays as it is', async (t) => {
  const folder = join(tempFolder(t), 'there');
  mkdirSync(folder, { mode: 0o755 });
  await makeOwnFolder(folder);
  assert.equal(statSync(folder).mode & 0o777, 0o755);
});

test('a folder that cannot be made is an error at once', async (t) => {
  const folder = tempFolder(t);
  const [file, link] = [join(folder, 'file'), join(folder, 'link')];
  writeFileSync(file, '');
  symlinkSync(join(folder, 'gone', 'away'), link);
  const codes: unknown[] = [];
  for (const one of [
    file,
    join(file, 'below'),
    link,
    join(link, 'below'),
    '/proc/none',
    '/proc/self/none/x',
  ]) {
    codes.push(await tryOwnFolder(one).catch(({ code }: NodeJS.ErrnoException) => code));
  }
  assert.deepEqual(codes, ['EEXIST', 'ENOTDIR', 'EEXIST', 'EEXIST', 'ENOENT', 'ENOENT']);
});
