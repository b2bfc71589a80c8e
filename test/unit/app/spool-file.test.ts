import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { SpoolFile } from '../../../src/app/spool-file.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('what is written is read again as often as wanted, and hashed on the way', async (t) => {
  const spool = await SpoolFile.create(tempFolder(t));
  for (const text of ['one ', 'two ', 'three']) spool.write(Buffer.from(text));
  const source = spool.source('app:shop/nkvm:/a.tar.gz');
  const readings = [await buffer(source.read()), await buffer(source.read({ start: 4, chunkBytes: 3 }))];
  const hash = spool.sha256;
  await source.close();
  assert.deepEqual(
    [source.path, source.sizeBytes, hash, ...readings.map(String)],
    ['app:shop/nkvm:/a.tar.gz', 13, sha256('one two three'), 'one two three', 'two three'],
  );
});

test('a file that begins again has nothing of what was there', async (t) => {
  const spool = await SpoolFile.create(tempFolder(t));
  spool.write(Buffer.from('a long beginning'));
  spool.empty();
  spool.write(Buffer.from('short'));
  const source = spool.source('a');
  const text = String(await buffer(source.read()));
  const found = [source.sizeBytes, spool.sha256, text];
  await source.close();
  assert.deepEqual(found, [5, sha256('short'), 'short']);
});

test('it is readable by its owner alone, and under no name from the beginning', {
  skip: process.platform !== 'linux' && 'looks at /proc',
}, async (t) => {
  const folder = tempFolder(t);
  const spool = await SpoolFile.create(folder);
  const open = readdirSync('/proc/self/fd').filter((fd) => linkOf(fd).startsWith(join(folder, 'spool-')));
  const modes = open.map((fd) => statSync(`/proc/self/fd/${fd}`).mode & 0o777);
  const names = readdirSync(folder);
  await spool.discard();
  assert.deepEqual({ modes, names }, { modes: [0o600], names: [] });
});

test('more than the disk has room for is refused beforehand, with both numbers', async (t) => {
  const spool = await SpoolFile.create(tempFolder(t));
  assert.throws(() => spool.requireRoom(2 ** 62), {
    message: /^4\.0Ei are needed there, and [0-9.]+[KMGT]i are free$/,
  });
  spool.requireRoom(0);
  await spool.discard();
});

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    // Of the listing itself.
    return '';
  }
}
