/** Completion in the shells themselves: a line is typed with tabs in it, and what it became is run. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { shellScripts, shells } from '../../src/commands/completion/shell-scripts.ts';
import { notBuilt, runProcess } from '../support/executable.ts';
import { genuineFolder, run } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { pluginEnvironment, tab, typed, withoutShell } from '../support/typed.ts';

const interactive = {
  bash: {
    shell: ['bash', '--norc', '--noprofile', '-i'],
    load: ['source <(kubectl-nkvm completion bash)'],
    other: ['_other() { COMPREPLY=(nodes); }', 'complete -o default -F _other kubectl'],
  },
  zsh: {
    shell: ['zsh', '-f', '-i'],
    load: ['autoload -Uz compinit', 'compinit -u -D', 'source <(kubectl-nkvm completion zsh)'],
    other: ['_other() { compadd nodes }', 'compdef _other kubectl'],
  },
} as const;

/** `kubectl nkvm …` runs the plugin, and `kubectl get …` says what it got. */
const kubectl = 'kubectl() { if [ "$1" = nkvm ]; then shift; kubectl-nkvm "$@"; else echo "got $*"; fi; }';

for (const name of ['bash', 'zsh'] as const) {
  const { shell, load, other } = interactive[name];
  const skip = notBuilt || withoutShell(name);

  test(`${name} completes commands, flags, files, values behind =, namespaces and claims`, {
    skip,
  }, async (t) => {
    const keys = [
      ...['kubectl-nkvm li', '--qui', '--catalog=da', 'ba', '--status=su', '-n sh', 'web', '-o na'],
    ].map((part) => `${part}${tab}`);
    const shown = await typed(t, { cwd: genuineFolder(t), shell, lines: [...load, keys.join('')] });
    assert.match(shown, /\nbackup\/3\n/);
  });

  test(`${name} completes kubectl nkvm too, and leaves the rest to kubectl's own completion`, {
    skip,
  }, async (t) => {
    const [first, ...rest] = load;
    const setUp = name === 'bash' ? [...other, ...load] : [first, rest[0] ?? '', ...other, ...rest.slice(1)];
    const lines = [...setUp, kubectl, `kubectl get n${tab}; kubectl nkvm versi${tab}-o j${tab}`];
    const shown = await typed(t, { cwd: tempFolder(t), shell, lines });
    assert.match(shown, /\ngot get nodes\n\{\n.*\n {2}"kind": "Version"/);
  });
}

const skipFish = notBuilt || withoutShell('fish');
for (const { line, words } of [
  { line: 'kubectl-nkvm ver', words: ['verify', 'version'] },
  { line: 'kubectl-nkvm list --status=s', words: ['--status=success'] },
  { line: 'kubectl-nkvm list --catalog data/b', words: ['data/backups.db'] },
  { line: 'kubectl-nkvm list --catalog=data/b', words: ['--catalog=data/backups.db'] },
  { line: 'kubectl-nkvm list --catalog ', words: ['app', 'backups/', 'data/'] },
  { line: 'kubectl-nkvm list --archive-dir d', words: ['data/'] },
  { line: 'kubectl nkvm list -n ', words: ['blog', 'shop'] },
  { line: 'kubectl-nkvm restore -n shop backup/', words: ['backup/5', 'backup/3', 'backup/1'] },
]) {
  test(`fish offers ${words.join(', ')} for \`${line}\``, { skip: skipFish }, async (t) => {
    const cwd = genuineFolder(t);
    const script = 'kubectl-nkvm completion fish | source; complete -C $argv[1]';
    const env = pluginEnvironment(cwd);
    const { stdout, stderr } = await runProcess('fish', ['--no-config', '-c', script, line], { cwd, env });
    const offered = stdout.trimEnd().split('\n');
    assert.deepEqual(
      { offered: offered.map((one) => one.split('\t', 1)[0]), stderr },
      { offered: words, stderr: '' },
    );
  });
}

for (const shell of shells) {
  test(`prints the script for ${shell}`, async (t) => {
    const answer = await run(['completion', shell], { cwd: tempFolder(t) });
    assert.deepEqual(answer, { exitCode: 0, stdout: shellScripts[shell], stderr: '' });
  });
}

for (const shell of ['bash', 'zsh'] as const) {
  const skip = withoutShell(shell);
  test(`the script for ${shell} is one that ${shell} can read`, { skip }, async (t) => {
    const cwd = tempFolder(t);
    writeFileSync(join(cwd, 'script'), shellScripts[shell]);
    const read = await runProcess(shell, ['-n', 'script'], { cwd });
    assert.deepEqual(read, { exitCode: 0, stdout: '', stderr: '' });
  });
}

for (const { words, message } of [
  { words: [], message: 'no shell is named' },
  { words: ['tcsh'], message: '"tcsh" is no shell that is known' },
]) {
  test(`refuses \`completion ${words.join(' ')}\``, async (t) => {
    assert.deepEqual(await run(['completion', ...words], { cwd: tempFolder(t) }), {
      exitCode: 2,
      stdout: '',
      stderr: `error: ${message}; there are bash, zsh, fish, powershell, install\n  See \`kubectl nkvm completion --help\`.\n`,
    });
  });
}
