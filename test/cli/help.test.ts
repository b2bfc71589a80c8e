import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCommands, parseCommand } from '../../src/cli.ts';
import { commandHelp, exitStatuses, overview } from '../../src/commands/help.ts';
import { readCommandLine } from '../../src/commands/usage.ts';
import { cliContext, genuineFolder, run } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

const commands = await loadCommands();

for (const words of [[], ['-h'], ['--help'], ['help'], ['-n', 'shop', '--help']]) {
  test(`shows what there is for \`${words.join(' ')}\``, async (t) => {
    assert.deepEqual(await run(words, { cwd: tempFolder(t) }), {
      exitCode: 0,
      stdout: overview(commands, 80),
      stderr: '',
    });
  });
}

const restore = commands.find(({ name }) => name === 'restore') ?? commands[0];
for (const words of [
  ['restore', '-h'],
  ['restore', '--help'],
  ['help', 'restore'],
  ['-h', 'restore'],
  ['restore', 'backup/5', '--nonsense', '-h'],
]) {
  test(`shows the help of restore for \`${words.join(' ')}\``, async (t) => {
    const expected = restore === undefined ? '' : commandHelp(commands, restore, 80);
    assert.deepEqual(await run(words, { cwd: tempFolder(t) }), { exitCode: 0, stdout: expected, stderr: '' });
  });
}

test('takes -h for a value where a flag waits for one, and for a name after --', async (t) => {
  const { stderr } = await run(['list', '-qA', '--', '-h'], { cwd: genuineFolder(t) });
  const { exitCode } = await run(['list', '-qA', '--status', '-h'], { cwd: genuineFolder(t) });
  assert.deepEqual({ stderr, exitCode }, { stderr: 'warning: no such backup anywhere\n', exitCode: 2 });
});

test('is this for version, on a terminal of 60 columns', async (t) => {
  assert.equal(
    (await run(['version', '-h'], { cwd: tempFolder(t), columns: 60 })).stdout,
    `Print the version, and what shadows a command.

Usage: kubectl nkvm version [flags]

kubectl runs the plugin with the longest name that fits: one
called kubectl-nkvm-restore gets all that is typed behind
\`kubectl nkvm restore\`. Such programs on PATH are named on
stderr.

Output flags:
  -o, --output FORMAT   FORMAT of the answer: table, json,
                        yaml (default table)
  -q, --quiet           only warnings and errors on stderr
  -v, --verbose         API calls and stack traces on stderr
      --color WHEN      WHEN to use colour: auto, always,
                        never (default auto)

Connection flags:
      --kubeconfig FILE         the kubeconfig FILE
      --context NAME            NAME of the kubeconfig
                                context
      --cluster NAME            NAME of the kubeconfig
                                cluster
      --user NAME               NAME of the kubeconfig user
  -n, --namespace NAMESPACE     the NAMESPACE; without it,
                                that of the context
  -s, --server URL              URL of the API server
      --certificate-authority FILE
                                FILE with the certificate
                                authority of the API server
      --tls-server-name NAME    NAME to expect in the
                                certificate of the API
                                server
      --insecure-skip-tls-verify
                                do not verify the
                                certificate of the API
                                server
      --as USER                 USER to impersonate
      --as-uid UID              UID to impersonate
      --as-group GROUP          GROUP to impersonate;
                                repeatable
      --request-timeout DURATION
                                how long one API request may
                                take, a DURATION; 0: for
                                ever (default 30s)

Examples:
  # The version as JSON
  kubectl nkvm version -o json

Exit status:
  0   done
  1   no connection before any step (kubeconfig, TLS,
      token), this machine refuses, or a bug
  2   the command line alone is wrong
`,
  );
});

for (const width of [60, 72, 80, 100]) {
  test(`fits ${width} columns, but for the commands to type`, () => {
    const texts = [overview(commands, width), ...commands.map((one) => commandHelp(commands, one, width))];
    const tooLong = texts
      .flatMap((text) => text.split('\n'))
      .filter((line) => line.length > width && !line.startsWith('  kubectl nkvm '));
    assert.deepEqual(tooLong, []);
  });
}

for (const { columns, width } of [
  { columns: 20, width: 60 },
  { columns: 500, width: 100 },
]) {
  test(`is ${width} columns wide on a terminal of ${columns}`, async (t) => {
    const { stdout } = await run([], { cwd: tempFolder(t), columns });
    assert.equal(stdout, overview(commands, width));
  });
}

test('describes every flag, and names the value of each that takes one', () => {
  const bare = commands.flatMap(({ name, flags }) =>
    flags
      .filter(
        ({ takes, value, description }) => description === '' || (takes !== 'nothing') !== (value !== ''),
      )
      .map((flag) => `${name} ${flag.name}`),
  );
  assert.deepEqual(bare, []);
});

test('every example is a command line that is accepted', (t) => {
  const { host } = cliContext({ cwd: tempFolder(t) });
  const lines = commands.flatMap(({ examples }) =>
    examples.flatMap(([, line]) => line.replace(/ >.*/, '').split(' | ')),
  );
  const wrong = lines.filter((line) => {
    try {
      const read = readCommandLine(commands, line.split(' ').slice(2));
      if (read.kind === 'run') parseCommand(commands, read.words, host);
      return !line.startsWith('kubectl nkvm ');
    } catch {
      return true;
    }
  });
  assert.deepEqual(wrong, []);
});

test('shows a real example, the usage as it is typed, and its exit statuses for every command', () => {
  const known = exitStatuses.map(([status]) => Number(status));
  const wrong = commands.filter((command) => {
    const { name, examples, exitCodes, description } = command;
    const help = commandHelp(commands, command, 80);
    const isComplete =
      description !== '' &&
      help.includes(`\nUsage: kubectl nkvm ${name} `) &&
      examples.every(([, line]) => help.includes(`\n  ${line}\n`));
    const codesAreRight =
      [0, 1, 2].every((code) => exitCodes.includes(code)) && exitCodes.every((code) => known.includes(code));
    return !isComplete || !codesAreRight || examples.length === 0;
  });
  assert.deepEqual(
    wrong.map(({ name }) => name),
    [],
  );
});
