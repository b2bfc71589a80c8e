import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { createListingParser } from '../../../src/domain/listing-parser.ts';
import { type VolumeEntry, volumeListingScript } from '../../../src/domain/volume-listing.ts';
import { runShell, toolsets } from '../../support/shell-tools.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { byPath, grow, onDisk, sha256, tree } from '../../support/volume-tree.ts';

const programs = ['sh', 'find', 'xargs', 'stat', 'readlink', 'sha256sum'];
const listing = (root: string, mode: string) => ['-c', volumeListingScript, 'nkvm-list', root, mode];

function parse(...chunks: readonly Uint8Array[]) {
  const entries: VolumeEntry[] = [];
  const parser = createListingParser((entry) => entries.push(entry));
  for (const chunk of chunks) parser.push(chunk);
  return { ...parser.end(), entries: entries.sort(byPath) };
}

for (const { title, skip, path } of Object.values(toolsets(programs))) {
  test(`${title}: lists any volume as it is on disk, in both modes`, { skip }, (t) => {
    const [tools, folder] = [path(t), tempFolder(t)];
    let volumes = 0;
    fc.assert(
      fc.property(tree, fc.constantFrom('hash', 'stat'), (children, mode) => {
        const root = join(folder, `${volumes++}`);
        mkdirSync(root);
        grow(Buffer.from(root), children);
        const { exitCode, stdout, stderr } = runShell({ path: tools, args: listing(root, mode) });
        const entries = onDisk(Buffer.from(root), mode);
        rmSync(root, { recursive: true });
        assert.deepEqual(
          { exitCode, stderr, ...parse(stdout) },
          { exitCode: 0, stderr: '', everyDirectoryRead: true, entries },
        );
      }),
      { numRuns: 40 },
    );
  });

  test(`${title}: lists a volume of several batches with long names, a fifo and a forged line`, {
    skip,
  }, (t) => {
    const root = tempFolder(t);
    for (let index = 0; index < 1500; index++) {
      writeFileSync(join(root, `${'x'.repeat(index % 240)}-${index}`), `${index}`);
    }
    writeFileSync(join(root, 'a\n81a4 0 0 1 0 8 512 .'), 'forged');
    spawnSync('mkfifo', [join(root, 'fifo')]);
    const { stdout } = runShell({ path: path(t), args: listing(root, 'hash') });
    assert.deepEqual(parse(stdout).entries, onDisk(Buffer.from(root), 'hash'));
  });

  test(`${title}: lists a symlink that leads out of the volume and does not follow it`, { skip }, (t) => {
    const [root, outside] = [tempFolder(t), tempFolder(t)];
    writeFileSync(join(outside, 'secret'), 'secret');
    symlinkSync(outside, join(root, 'folder'));
    symlinkSync(join(outside, 'secret'), join(root, 'file'));
    const { stdout } = runShell({ path: path(t), args: listing(root, 'hash') });
    assert.deepEqual(
      parse(stdout).entries.map((entry) => [entry.path, entry.type, entry.linkTarget, entry.sha256]),
      [
        ['.', 'directory', undefined, undefined],
        ['file', 'symlink', join(outside, 'secret'), undefined],
        ['folder', 'symlink', outside, undefined],
      ],
    );
  });

  test(`${title}: says which file and that some directory could not be read`, {
    skip: skip || (process.getuid?.() !== 0 && 'only root can become somebody who may not read'),
  }, (t) => {
    const root = tempFolder(t);
    writeFileSync(join(root, 'closed'), 'x', { mode: 0 });
    writeFileSync(join(root, 'open'), 'x');
    mkdirSync(join(root, 'shut'), { mode: 0 });
    chmodSync(root, 0o755);
    for (const child of ['closed', 'open', 'shut']) chownSync(join(root, child), 1, 1);
    const { stdout, stderr } = runShell({ path: path(t), args: listing(root, 'hash'), as: 1 });
    const { entries, everyDirectoryRead } = parse(stdout);
    assert.equal(everyDirectoryRead, false);
    assert.deepEqual(
      entries.map((entry) => [entry.path, entry.unreadable, entry.sha256]),
      [
        ['.', undefined, undefined],
        ['closed', true, undefined],
        ['open', undefined, sha256(Buffer.from('x'))],
        ['shut', undefined, undefined],
      ],
    );
    assert.match(stderr, /closed/);
    assert.match(stderr, /shut/);
  });

  test(`${title}: a folder that is not there fails and leaves no listing`, { skip }, (t) => {
    const { exitCode, stdout } = runShell({ path: path(t), args: listing('/nowhere/at all', 'hash') });
    assert.notEqual(exitCode, 0);
    assert.throws(() => parse(stdout), { message: 'the listing of the volume was cut off' });
  });
}

for (const absent of ['stat', 'xargs', 'find']) {
  const { skip, path } = toolsets(programs.filter((program) => program !== absent)).gnu;
  test(`a pod without ${absent} gives no listing, not an empty volume`, { skip }, (t) => {
    const { stdout } = runShell({ path: path(t), args: listing(tempFolder(t), 'hash') });
    assert.throws(() => parse(stdout), /^Error: the (listing|walk) of the volume was (cut off|stopped)/);
  });
}
