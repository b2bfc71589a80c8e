import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { executable, notBuilt, runProcess } from '../support/executable.ts';
import { makeHistoryDb } from '../support/history-db.ts';
import { genuineFolder } from '../support/run-cli.ts';
import { endMarker, tarHeader } from '../support/tar-builder.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** bash, ulimit, /dev/full. */
const skip = notBuilt || (platform() === 'linux' ? false : 'needs the devices and shell of Linux');
const noScript =
  skip || (spawnSync('script', ['--version']).error === undefined ? false : 'script is not installed');

/** On a pseudo-terminal; both streams come as one, and its lines end with \r\n. */
async function onTerminal(line: string, options: { cwd: string; env?: Record<string, string> }) {
  const words = ['-qec', `stty cols 60; exec ${executable} ${line}`, '/dev/null'];
  const { exitCode, stdout } = await runProcess('script', words, options);
  return { exitCode, screen: stdout.replaceAll('\r\n', '\n') };
}

test('ends quietly when the reader of its answer has gone', { skip }, async (t) => {
  const cwd = tempFolder(t);
  makeHistoryDb(join(cwd, 'some.db'), Array(5000).fill({}));
  const line = `${executable} list -qA --catalog some.db --limit 0 -o name | head -n1; echo "\${PIPESTATUS[0]}"`;
  assert.deepEqual(await runProcess('bash', ['-c', line], { cwd }), {
    exitCode: 0,
    stdout: 'backup/5000\n0\n',
    stderr: '',
  });
});

test('goes on where the reader of its progress has gone', { skip }, async (t) => {
  const line = `{ ${executable} list -A -o name; echo "$?"; } 2> >(exec true)`;
  const { stdout } = await runProcess('bash', ['-c', line], { cwd: genuineFolder(t) });
  assert.equal(stdout, 'backup/5\nbackup/4\nbackup/3\nbackup/1\n0\n');
});

test('goes on where its progress cannot be written', { skip }, async (t) => {
  const line = `${executable} validate backup/5 -o name 2>/dev/full; echo "$?"`;
  assert.deepEqual(await runProcess('bash', ['-c', line], { cwd: genuineFolder(t) }), {
    exitCode: 0,
    stdout: 'backup/5\n0\n',
    stderr: '',
  });
});

test('fails where its answer cannot be written, and says so', { skip }, async (t) => {
  const line = `${executable} validate -q backup/5 -o json >/dev/full`;
  assert.deepEqual(await runProcess('bash', ['-c', line], { cwd: genuineFolder(t) }), {
    exitCode: 1,
    stdout: '',
    stderr: 'error: the answer could not be written to stdout: ENOSPC: no space left on device, write\n',
  });
});

test('fails where only a part of its answer can be written, as on a disk that becomes full', {
  skip,
}, async (t) => {
  const line = `ulimit -f 1; ${executable} restore --help >answer; echo "$?"; wc -c <answer`;
  assert.deepEqual(await runProcess('bash', ['-c', line], { cwd: tempFolder(t) }), {
    exitCode: 0,
    stdout: '1\n1024\n',
    stderr: 'error: the answer could not be written to stdout: EFBIG: file too large, write\n',
  });
});

test('keeps the exit status of a failure that cannot be told', { skip }, async (t) => {
  const line = `${executable} lsit 2>/dev/full; echo "$?"`;
  assert.deepEqual(await runProcess('bash', ['-c', line], { cwd: tempFolder(t) }), {
    exitCode: 0,
    stdout: '2\n',
    stderr: '',
  });
});

for (const { words, exitCode } of [
  { words: 'version', exitCode: 0 },
  { words: 'list --catalog some.db', exitCode: 11 },
  { words: 'list -A --catalog ../some.db', exitCode: 11 },
]) {
  test(`answers ${words} in a folder that was removed`, { skip }, async (t) => {
    const cwd = tempFolder(t);
    makeHistoryDb(join(cwd, 'some.db'), [{}]);
    const line = `mkdir gone; cd gone; rmdir ../gone; ${executable} ${words} >/dev/null`;
    const { exitCode: ended, stderr } = await runProcess('bash', ['-c', line], { cwd });
    assert.deepEqual({ ended, isBug: /bug|node:/.test(stderr) }, { ended: exitCode, isBug: false }, stderr);
  });
}

test('takes its input from a pipe', { skip }, async (t) => {
  const line = `${executable} list -qA -o jsonl | ${executable} validate -qf - -o name`;
  assert.deepEqual(await runProcess('bash', ['-c', line], { cwd: genuineFolder(t) }), {
    exitCode: 0,
    stdout: 'backup/5\nbackup/4\nbackup/3\nbackup/1\n',
    stderr: '',
  });
});

/** An archive whose reading takes seconds, though making it does not: one gzip member again and again. */
function largeArchive(file: string): void {
  const blocks = 4096;
  const copies = 2048;
  const sizeBytes = blocks * 512 * copies;
  const parts = openSync(file, 'w');
  writeSync(parts, gzipSync(tarHeader({ name: './large', sizeBytes })));
  const zeros = gzipSync(Buffer.alloc(blocks * 512));
  for (let copy = 0; copy < copies; copy++) writeSync(parts, zeros);
  writeSync(parts, gzipSync(endMarker));
  closeSync(parts);
}

for (const { signal, exitCode } of [
  { signal: 'SIGINT', exitCode: 130 },
  { signal: 'SIGTERM', exitCode: 143 },
  { signal: 'SIGHUP', exitCode: 143 },
] as const) {
  test(`ends with ${exitCode} when ${signal} comes while it reads an archive`, { skip }, async (t) => {
    const cwd = tempFolder(t);
    largeArchive(join(cwd, 'large.tar.gz'));
    makeHistoryDb(join(cwd, 'some.db'), [{ backup_path: 'large.tar.gz' }]);
    const words = ['validate', '1', '--catalog', 'some.db', '-o', 'json'];
    const interrupt = { signal, text: 'catalogue: ' };
    const { exitCode: ended, stdout } = await runProcess(executable, words, { cwd, interrupt });
    const error = { code: 'interrupted', message: `interrupted by ${signal}` };
    assert.deepEqual(
      { ended, document: JSON.parse(stdout) },
      { ended: exitCode, document: { apiVersion: 'nkvm.dev/v1', kind: 'Error', error } },
    );
  });
}

test('colours errors on a terminal', { skip: skip || noScript }, async (t) => {
  assert.deepEqual(await onTerminal('lsit', { cwd: tempFolder(t), env: { TERM: 'xterm' } }), {
    exitCode: 2,
    screen:
      '\x1b[31merror:\x1b[39m unknown command "lsit"; did you mean list?\n  See `kubectl nkvm --help`.\n',
  });
});

for (const env of [{ TERM: 'xterm', NO_COLOR: '1' }, { TERM: 'dumb' }]) {
  test(`prints no colour with ${JSON.stringify(env)}`, { skip: skip || noScript }, async (t) => {
    assert.deepEqual(await onTerminal('lsit', { cwd: tempFolder(t), env }), {
      exitCode: 2,
      screen: 'error: unknown command "lsit"; did you mean list?\n  See `kubectl nkvm --help`.\n',
    });
  });
}

test('fits help and errors to a terminal of 60 columns', { skip: skip || noScript }, async (t) => {
  const options = { cwd: tempFolder(t), env: { TERM: 'xterm', NO_COLOR: '1' } };
  const help = await onTerminal('restore --help', options);
  const error = await onTerminal('list --since noon', options);
  const lines = `${help.screen}${error.screen}`.split('\n');
  const tooLong = lines.filter((line) => line.length > 60 && !line.startsWith('  kubectl nkvm '));
  assert.deepEqual({ exits: [help.exitCode, error.exitCode], tooLong }, { exits: [0, 2], tooLong: [] });
});

test('erases its progress bar on a terminal, so that the answer stands alone', {
  skip: skip || noScript,
}, async (t) => {
  const cwd = genuineFolder(t);
  const { exitCode, screen } = await onTerminal('validate backup/5 -o name', { cwd, env: { TERM: 'xterm' } });
  const last = screen.slice(screen.lastIndexOf('\r\x1b[K'));
  assert.deepEqual({ exitCode, last }, { exitCode: 0, last: '\r\x1b[Kbackup/5\n' });
});

for (const { locale, shown } of [
  { locale: 'C', shown: '"f\\xfcr"' },
  { locale: 'C.UTF-8', shown: '"für"' },
]) {
  test(`shows what was typed as a terminal of LC_ALL=${locale} can`, {
    skip: skip || noScript,
  }, async (t) => {
    const options = { cwd: tempFolder(t), env: { TERM: 'dumb', LC_ALL: locale } };
    const { screen } = await onTerminal('list --limit für', options);
    assert.equal(
      screen,
      `error: --limit ${shown} is not a whole number\n  See \`kubectl nkvm list --help\`.\n`,
    );
  });
}

test('gives a program what there is, whatever the locale', { skip }, async (t) => {
  const cwd = tempFolder(t);
  makeHistoryDb(join(cwd, 'some.db'), [{ message: 'für später' }]);
  const words = ['list', '-qA', '--catalog', 'some.db', '-o', 'jsonl'];
  const { stdout } = await runProcess(executable, words, { cwd, env: { LC_ALL: 'C' } });
  assert.equal(JSON.parse(stdout).message, 'für später');
});
