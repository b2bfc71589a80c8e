import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { openLocalArchive } from '../../../src/sources/local-file.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const content = randomBytes(2 * 1024 * 1024 + 12345);

async function collect(chunks: AsyncIterable<Buffer>): Promise<readonly Buffer[]> {
  const collected: Buffer[] = [];
  for await (const chunk of chunks) collected.push(chunk);
  return collected;
}

async function readAll(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  return Buffer.concat(await collect(chunks));
}

test('reads the whole file, again and again, from any byte', async (t) => {
  const path = join(tempFolder(t), 'a.tar.gz');
  writeFileSync(path, content);
  const archive = await openLocalArchive(path);
  t.after(() => archive.close());

  const readings = [
    await readAll(archive.read()),
    await readAll(archive.read()),
    await readAll(archive.read({ start: 1_500_000 })),
    await readAll(archive.read({ start: content.length })),
  ];

  assert.equal(archive.sizeBytes, content.length);
  assert.deepEqual(readings, [content, content, content.subarray(1_500_000), Buffer.alloc(0)]);
});

test('gives chunks that stay as they are while later ones are read', async (t) => {
  const path = join(tempFolder(t), 'a.tar.gz');
  writeFileSync(path, content);
  const archive = await openLocalArchive(path);
  t.after(() => archive.close());

  const chunks = await collect(archive.read());

  assert.deepEqual(
    chunks.map((chunk) => chunk.length),
    [...Array<number>(8).fill(256 * 1024), 12345],
  );
  assert.deepEqual(Buffer.concat(chunks), content);
});

test('keeps reading the file that it opened when another takes its name', async (t) => {
  const path = join(tempFolder(t), 'a.tar.gz');
  writeFileSync(path, content);
  const archive = await openLocalArchive(path);
  t.after(() => archive.close());
  writeFileSync(`${path}.new`, 'another');
  renameSync(`${path}.new`, path);

  const reading = await readAll(archive.read());

  assert.deepEqual(reading, content);
});

test('reports a file that became shorter as unreadable', async (t) => {
  const path = join(tempFolder(t), 'a.tar.gz');
  writeFileSync(path, content);
  const archive = await openLocalArchive(path);
  t.after(() => archive.close());
  truncateSync(path, 1000);

  await assert.rejects(readAll(archive.read()), {
    name: 'SourceError',
    code: 'unreadable',
    path,
    message: `${path} became shorter while it was read: 1000 bytes`,
  });
});

test('stops reading when it is told to', async (t) => {
  const path = join(tempFolder(t), 'a.tar.gz');
  writeFileSync(path, content);
  const archive = await openLocalArchive(path);
  t.after(() => archive.close());
  const abort = new AbortController();
  const chunks = archive.read({ signal: abort.signal })[Symbol.asyncIterator]();
  await chunks.next();
  abort.abort(new Error('enough'));

  await assert.rejects(chunks.next(), { message: 'enough' });
});

test('reports a file that is not there as missing', async (t) => {
  const path = join(tempFolder(t), 'a.tar.gz');

  await assert.rejects(openLocalArchive(path), {
    name: 'SourceError',
    code: 'missing',
    path,
    message: `${path} is not there`,
  });
});

test('reports a directory as unreadable', async (t) => {
  const path = tempFolder(t);

  await assert.rejects(openLocalArchive(path), { code: 'unreadable', message: `${path} is not a file` });
});

test('reports a FIFO as unreadable instead of waiting for a writer', async (t) => {
  const path = join(tempFolder(t), 'fifo');
  execFileSync('mkfifo', [path]);

  await assert.rejects(openLocalArchive(path), { code: 'unreadable', message: `${path} is not a file` });
});
