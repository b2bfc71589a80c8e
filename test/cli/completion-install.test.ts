import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { installCompletion } from '../../src/commands/completion/install.ts';
import { runProcess } from '../support/executable.ts';
import { cliContext, run } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** As krew has it: the file in its store, a link to it in the folder that is on PATH. */
function krewFolders(t: TestContext) {
  const cwd = tempFolder(t);
  const store = join(cwd, 'store');
  const bin = join(cwd, 'bin');
  mkdirSync(store);
  mkdirSync(bin);
  writeFileSync(join(store, 'kubectl-nkvm'), '#!/bin/sh\nprintf "<%s>" "$@"\n', { mode: 0o755 });
  symlinkSync(join(store, 'kubectl-nkvm'), join(bin, 'kubectl-nkvm'));
  const PATH = ['/nowhere', bin, store].join(delimiter);
  return { cwd, bin, env: { PATH } };
}

test('puts kubectl_complete-nkvm beside the plugin on PATH, and says where', async (t) => {
  const { cwd, bin, env } = krewFolders(t);
  const answer = await run(['completion', 'install'], { cwd, env });
  const mode = statSync(join(bin, 'kubectl_complete-nkvm')).mode & 0o111;
  assert.deepEqual(
    { ...answer, mode },
    { exitCode: 0, stdout: '/here/bin/kubectl_complete-nkvm installed\n', stderr: '', mode: 0o111 },
  );
  const asked = await runProcess(join(bin, 'kubectl_complete-nkvm'), ['list', 'a b', ''], { cwd });
  assert.deepEqual(asked, { exitCode: 0, stdout: '<__complete><list><a b><>', stderr: '' });
});

test('twice is as once, and leaves nothing else behind', async (t) => {
  const { cwd, bin, env } = krewFolders(t);
  await run(['completion', 'install'], { cwd, env });
  const { exitCode } = await run(['completion', 'install'], { cwd, env });
  assert.deepEqual(
    { exitCode, files: readdirSync(bin).sort() },
    { exitCode: 0, files: ['kubectl-nkvm', 'kubectl_complete-nkvm'] },
  );
});

test('replaces one of its own of an earlier version', async (t) => {
  const { cwd, bin, env } = krewFolders(t);
  const file = join(bin, 'kubectl_complete-nkvm');
  writeFileSync(file, '#!/bin/sh\n# Made by `kubectl nkvm completion install` long ago\n');
  await run(['completion', 'install'], { cwd, env });
  assert.match(readFileSync(file, 'utf8'), /^exec /m);
});

test('asks nobody quietly when the plugin is gone', async (t) => {
  const { cwd, bin, env } = krewFolders(t);
  await run(['completion', 'install'], { cwd, env });
  await runProcess('rm', ['bin/kubectl-nkvm'], { cwd });
  const { stdout, stderr } = await runProcess(join(bin, 'kubectl_complete-nkvm'), [''], { cwd });
  assert.deepEqual({ stdout, stderr }, { stdout: '', stderr: '' });
});

test('leaves a file of somebody else alone', async (t) => {
  const { cwd, bin, env } = krewFolders(t);
  writeFileSync(join(bin, 'kubectl_complete-nkvm'), 'mine\n');
  const answer = await run(['completion', 'install'], { cwd, env });
  assert.deepEqual(
    { ...answer, stderr: unwrapped(answer.stderr) },
    {
      exitCode: 1,
      stdout: '',
      stderr:
        'error: /here/bin/kubectl_complete-nkvm is there already, and none of ours\ncode: not-installed\n' +
        'what to do: Look at it, remove it, and run again.\n',
    },
  );
});

test('says that the plugin is not on PATH', async (t) => {
  assert.deepEqual(await run(['completion', 'install'], { cwd: tempFolder(t), env: { PATH: '/nowhere' } }), {
    exitCode: 1,
    stdout: '',
    stderr:
      'error: kubectl-nkvm is in no folder of PATH: kubectl would not find what completes it either\n' +
      'code: not-installed\nwhat to do: Add its folder to PATH, and run again.\n',
  });
});

test('says which file it could not write', async (t) => {
  const { cwd, bin, env } = krewFolders(t);
  // No folder can be replaced by a file, not even by root.
  mkdirSync(join(bin, 'kubectl_complete-nkvm'));
  const { exitCode, stderr } = await run(['completion', 'install'], { cwd, env });
  assert.deepEqual({ exitCode, files: readdirSync(bin).length }, { exitCode: 1, files: 2 }, stderr);
  assert.match(unwrapped(stderr), /^error: \/here\/bin\/kubectl_complete-nkvm could not be written: EISDIR/);
});

test('on Windows it is a batch file, found by what Windows runs', async (t) => {
  const cwd = tempFolder(t);
  writeFileSync(join(cwd, 'kubectl-nkvm.txt'), '');
  writeFileSync(join(cwd, 'kubectl-nkvm.EXE'), '');
  const { host } = cliContext({ cwd, env: { PATH: `;${cwd};`, PATHEXT: '.COM;.EXE;.CMD' } });
  const file = installCompletion({ ...host, platform: 'win32' });
  assert.equal(file, join(cwd, 'kubectl_complete-nkvm.cmd'));
  assert.deepEqual(readFileSync(file, 'utf8').split('\r\n'), [
    '@rem Made by `kubectl nkvm completion install`: kubectl 1.26 and newer ask it what may follow.',
    '@"%~dp0kubectl-nkvm.exe" __complete %* 2>nul',
    '',
  ]);
});

/** Where lines are broken depends on how long the path of the temporary folder is. */
function unwrapped(text: string): string {
  return text.replaceAll('\n  ', ' ');
}
