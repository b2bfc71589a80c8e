import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { inspectArchive } from '../../../src/archive/inspect-archive.ts';
import { ManifestWriter } from '../../../src/archive/manifest-writer.ts';
import { packScript, wipeScript } from '../../../src/domain/volume-scripts.ts';
import { runShell, toolsets } from '../../support/shell-tools.ts';
import { sourceOf } from '../../support/tar-builder.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { grow, onDisk, tree } from '../../support/volume-tree.ts';

for (const { title, skip, path } of Object.values(
  toolsets(['sh', 'find', 'xargs', 'rm', 'tr', 'wc', 'grep', 'sleep']),
)) {
  test(`${title}: wipes any volume but its root and lost+found, and nothing else`, { skip }, (t) => {
    const [tools, folder] = [path(t), tempFolder(t)];
    const precious = join(folder, 'precious');
    mkdirSync(precious);
    writeFileSync(join(precious, 'file'), 'outside');
    let volumes = 0;
    fc.assert(
      fc.property(tree, (children) => {
        const root = join(folder, `volume-${volumes++}`);
        mkdirSync(root);
        grow(Buffer.from(root), children);
        for (const name of ['lost+found', 'also lost+found', 'lost+found of mine'])
          mkdirSync(join(root, name), { recursive: true });
        writeFileSync(join(root, 'lost+found', 'kept'), '');
        symlinkSync(precious, join(root, 'way out'));
        const args = ['-c', wipeScript, 'nkvm-wipe', root];
        const { exitCode, stdout, stderr } = runShell({ path: tools, args });
        assert.deepEqual(
          { exitCode, stdout: stdout.toString().replaceAll(' ', ''), stderr, left: readdirSync(root) },
          { exitCode: 0, stdout: 'left0\n', stderr: '', left: ['lost+found'] },
        );
        assert.ok(existsSync(join(root, 'lost+found', 'kept')));
        rmSync(root, { recursive: true });
      }),
      { numRuns: 30 },
    );
    assert.deepEqual(readdirSync(precious), ['file']);
  });
}

const packing = toolsets(['sh', 'tar', 'gzip', 'grep', 'printf']);
const { gnu } = packing;

test('a wipe waits for an earlier one that is still at work', { skip: gnu.skip }, (t) => {
  const folder = tempFolder(t);
  const [root, ended] = [join(folder, 'volume'), join(folder, 'ended')];
  mkdirSync(root);
  const earlier = spawn('sh', ['-c', 'sleep 1; : >"$0"', ended], {
    env: { ...process.env, NKVM_WIPING: '1' },
  });
  t.after(() => earlier.kill());
  const path = process.env['PATH'] ?? '';
  const { stdout } = runShell({ path, args: ['-c', wipeScript, 'nkvm-wipe', root] });
  assert.deepEqual([stdout.toString(), existsSync(ended)], ['left 0\n', true]);
});

for (const { title, skip, path } of Object.values(packing)) {
  test(`${title}: packs all of a volume`, { skip }, async (t) => {
    const [tools, folder] = [path(t), tempFolder(t)];
    let volumes = 0;
    const property = fc.asyncProperty(tree, async (children) => {
      const root = join(folder, `${volumes++}`);
      mkdirSync(root);
      grow(Buffer.from(root), children);
      const { exitCode, stdout } = runShell({ path: tools, args: ['-c', packScript, 'nkvm-pack', root] });
      const onVolume = onDisk(Buffer.from(root), 'stat').map(({ path: at }) => at);
      assert.deepEqual({ exitCode, packed: await pathsIn(stdout) }, { exitCode: 0, packed: onVolume });
      rmSync(root, { recursive: true });
    });
    await fc.assert(property, { numRuns: 30 });
  });
}

test('GNU: packs no lost+found of the top, but any other', { skip: gnu.skip }, async (t) => {
  const [tools, root] = [gnu.path(t), tempFolder(t)];
  for (const name of ['lost+found/x', 'a/lost+found/y', 'lost+foundling']) {
    mkdirSync(join(root, name), { recursive: true });
  }
  chmodSync(root, 0o755);
  const { stdout } = runShell({ path: tools, args: ['-c', packScript, 'nkvm-pack', root] });
  assert.deepEqual(await pathsIn(stdout), ['.', 'a', 'a/lost+found', 'a/lost+found/y', 'lost+foundling']);
});

const needsRoot = process.getuid?.() !== 0 && 'needs root';

for (const { title, skip, path } of Object.values(packing)) {
  test(`${title}: a user packs all but a lost+found that only root may look into`, {
    skip: skip || needsRoot,
  }, async (t) => {
    const [tools, folder] = [path(t), tempFolder(t)];
    chmodSync(folder, 0o755);
    const pack = (name: string) => {
      mkdirSync(join(folder, name));
      chmodSync(join(folder, name), 0o700);
      const args = ['-c', packScript, 'nkvm-pack', folder];
      return runShell({ path: tools, args, as: 1000 });
    };
    writeFileSync(join(folder, 'file'), 'content');

    const [whole, part] = [pack('lost+found'), pack('lost+found of mine')];

    assert.deepEqual([whole.exitCode, (await pathsIn(whole.stdout)).includes('file')], [0, true]);
    assert.notEqual(part.exitCode, 0);
    assert.match(part.stderr, /lost\+found of mine/);
  });
}

/** Sorted; hard links too. */
async function pathsIn(archive: Buffer): Promise<readonly string[]> {
  const writer = new ManifestWriter();
  const { verdict } = await inspectArchive(sourceOf(archive), { manifest: writer });
  const manifest = writer.finish();
  try {
    assert.equal(verdict.result, 'complete', verdict.reason);
    return [...manifest.members()].map(({ path }) => path).sort();
  } finally {
    manifest.close();
  }
}
