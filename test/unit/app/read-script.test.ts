/** The script that sends an archive out of the app's pod, run with the programs of both kinds of image. */
import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, mkdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readScript } from '../../../src/app/open-app-archive.ts';
import { runShell, toolsets } from '../../support/shell-tools.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const content = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251));

for (const { title, skip, path } of Object.values(toolsets(['sh', 'stat', 'dd']))) {
  const read = (t: TestContext, file: string, from = 1, was = '') =>
    runShell({ path: path(t), args: ['-c', readScript, 'nkvm-read', file, String(from), was] });

  test(`${title}: a file is sent from any byte, after what it is`, { skip }, (t) => {
    const file = archive(t);
    const first = read(t, file);
    const rest = read(t, file, 65_537, whatItIs(file));
    assert.deepEqual(
      [first, rest],
      [answer(file, content), answer(file, content.subarray(65_536))].map((stdout) => ({
        exitCode: 0,
        stdout,
        stderr: '',
      })),
    );
  });

  test(`${title}: a file is sent from a byte beyond 4 GiB`, { skip }, (t) => {
    const file = archive(t);
    const sizeBytes = 5 * 1024 ** 3;
    truncateSync(file, sizeBytes);
    appendFileSync(file, 'the end');
    assert.deepEqual(
      read(t, file, sizeBytes + 1, whatItIs(file)).stdout,
      answer(file, Buffer.from('the end')),
    );
  });

  test(`${title}: at its end nothing more is sent`, { skip }, (t) => {
    const file = archive(t);
    assert.deepEqual(read(t, file, content.length + 1, whatItIs(file)).stdout, answer(file, Buffer.alloc(0)));
  });

  test(`${title}: a file that is another one by now is sent from its beginning`, { skip }, (t) => {
    const file = archive(t);
    const was = whatItIs(file);
    appendFileSync(file, 'more');
    assert.deepEqual(
      read(t, file, 65_537, was).stdout,
      answer(file, Buffer.concat([content, Buffer.from('more')])),
    );
  });

  test(`${title}: no file, and what is none, are told apart`, { skip }, (t) => {
    const folder = tempFolder(t);
    mkdirSync(join(folder, 'folder'));
    const found = ['gone', 'folder'].map((name) => read(t, join(folder, name)));
    assert.deepEqual(
      found.map(({ exitCode, stdout }) => [exitCode, stdout.length]),
      [
        [66, 0],
        [77, 0],
      ],
    );
  });
}

function archive(t: TestContext): string {
  const folder = tempFolder(t);
  chmodSync(folder, 0o755);
  const file = join(folder, 'it is -n odd.tar.gz');
  writeFileSync(file, content);
  return file;
}

function whatItIs(file: string): string {
  const { size, mtimeMs, ino } = statSync(file);
  return `${size} ${Math.floor(mtimeMs / 1000)} ${ino}`;
}

function answer(file: string, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${whatItIs(file)}\n`), bytes]);
}
