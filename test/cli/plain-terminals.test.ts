/** What every command prints where a terminal can do little: no colours, no redrawing, no UTF-8, Windows' line ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { executable, notBuilt, runProcess } from '../support/executable.ts';
import { genuineFolder, run } from '../support/run-cli.ts';
import { asked, withoutShell } from '../support/typed.ts';

const commands: readonly (readonly string[])[] = [
  [],
  ['list', '-A'],
  ['list', '-A', '-o', 'wide'],
  ['list', 'nothing'],
  ['validate', 'backup/5', '--show-files'],
  ['restore', 'backup/99'],
  ['restore', 'backup/5', '--help'],
  ['verify', 'backup/5'],
  ['cleanup'],
  ['version'],
  ['completion', 'bash'],
  ['completion', 'zsh'],
  ['completion', 'fish'],
  ['completion', 'powershell'],
  ['completion', 'tcsh'],
  ['frobnicate'],
];

/** Line ends and tabs are the only controls. */
const isPlain = (text: string) => /^[\x20-\x7e\n\t]*$/.test(text);

for (const words of commands) {
  const skip = notBuilt || withoutShell('sh');
  test(`\`${words.join(' ')}\` is plain ASCII on a dumb terminal of 60 columns, with and without UTF-8`, {
    skip,
  }, async (t) => {
    const cwd = genuineFolder(t);
    const shown = [];
    for (const locale of ['C', 'C.UTF-8']) {
      const env = { TERM: 'dumb', LC_ALL: locale, NKVM_CACHE_DIR: cwd };
      shown.push((await asked(t, { cwd, words, env, keys: [] })).screen);
    }
    assert.deepEqual(
      shown.filter((text) => text === '' || !isPlain(text)),
      [],
    );
  });

  test(`\`${words.join(' ')}\` is plain ASCII in a pipe`, { skip: notBuilt }, async (t) => {
    const cwd = genuineFolder(t);
    const { stdout, stderr } = await runProcess(executable, words, { cwd, env: { TERM: 'xterm' } });
    assert.deepEqual(
      [stdout, stderr].filter((text) => !isPlain(text)),
      [],
    );
  });
}

for (const { format, lines } of [
  { format: 'name', lines: ['backup/5'] },
  { format: 'jsonl', lines: undefined },
  { format: 'json', lines: undefined },
]) {
  test(`takes -o ${format} of an earlier command with the line ends of Windows`, async (t) => {
    const cwd = genuineFolder(t);
    const listed = await run(['list', 'orders-data', '-n', 'shop', '--limit', '1', '-q', '-o', format], {
      cwd,
    });
    const text = lines?.join('\n') ?? listed.stdout.replaceAll('/here', cwd);
    const input = `${text.trimEnd()}\n`.replaceAll('\n', '\r\n');
    assert.deepEqual(await run(['validate', '-q', '-f', '-', '-o', 'name'], { cwd, input }), {
      exitCode: 0,
      stdout: 'backup/5\n',
      stderr: '',
    });
  });
}
