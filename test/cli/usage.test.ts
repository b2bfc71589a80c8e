import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCommands, parseCommand } from '../../src/cli.ts';
import { cliContext, genuineFolder, run } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

const commands = 'list, validate, restore, verify, cleanup, version, completion';

for (const { words, message, help = '' } of [
  { words: ['lsit'], message: 'unknown command "lsit"; did you mean list?' },
  { words: ['valid', 'backup/5'], message: 'unknown command "valid"; did you mean validate?' },
  { words: ['frobnicate'], message: `unknown command "frobnicate"; there are ${commands}` },
  { words: ['help', 'restroe'], message: 'unknown command "restroe"; did you mean restore?' },
  { words: ['-n', 'shop'], message: `no command is named; there are ${commands}` },
  { words: ['--', 'list'], message: `no command is named; there are ${commands}` },
  {
    words: ['list', '--catlog', 'x'],
    message: 'unknown flag --catlog; did you mean --catalog?',
    help: 'list ',
  },
  { words: ['--catlog', 'x', 'list'], message: 'unknown flag --catlog; did you mean --catalog?' },
  { words: ['restore', '--undo'], message: 'unknown flag --undo', help: 'restore ' },
  { words: ['list', '--no-quiet'], message: 'unknown flag --no-quiet; did you mean --quiet?', help: 'list ' },
  { words: ['list', '-Ax'], message: 'unknown flag -x in -Ax', help: 'list ' },
  { words: ['list', '-n'], message: '-n, --namespace needs a value: NAMESPACE', help: 'list ' },
  { words: ['list', '-n', '-A'], message: '-n, --namespace needs a value: NAMESPACE', help: 'list ' },
  { words: ['list', '-n', '--limit=1'], message: '-n, --namespace needs a value: NAMESPACE', help: 'list ' },
  { words: ['list', '--namespace='], message: '-n, --namespace is empty: give it a value', help: 'list ' },
  { words: ['list', '-n', ''], message: '-n, --namespace is empty: give it a value', help: 'list ' },
  {
    words: ['cleanup', '-n', 'H6_bad'],
    message: '--namespace "H6_bad" is not the name of a namespace',
    help: 'cleanup ',
  },
  { words: ['list', ''], message: 'an argument is empty', help: 'list ' },
  { words: ['list', '--quiet=perhaps'], message: '--quiet takes no value, not "perhaps"', help: 'list ' },
  {
    words: ['version', 'x'],
    message: 'unexpected argument "x": version takes no argument',
    help: 'version ',
  },
  {
    words: ['restore', 'backup/4', 'backup/5'],
    message: 'unexpected argument "backup/5": restore takes only one BACKUP',
    help: 'restore ',
  },
  {
    words: ['restore', 'backup/5', '--dry-run', 'server'],
    message: 'unexpected argument "server"; did you mean --dry-run=server?',
    help: 'restore ',
  },
  {
    words: ['list', '--limit', '-3'],
    message: '--limit "-3" is not a whole number',
    help: 'list ',
  },
  {
    words: ['list', '--status', 'ok'],
    message: '--status "ok" is none of: success, failed, any',
    help: 'list ',
  },
  { words: ['list', '-A', '-n', 'shop'], message: '-A and -n exclude each other', help: 'list ' },
  {
    words: ['list', '--since', 'noon'],
    message:
      '--since: "noon" is not a time: give RFC 3339 with a zone (2026-03-01T12:00:00Z), a day (2026-03-01) or an age (90m, 26h, 7d)',
    help: 'list ',
  },
  {
    words: ['list', '--color', 'pink'],
    message: '--color "pink" is none of: auto, always, never',
    help: 'list ',
  },
  { words: ['list', '--as-uid', '7'], message: '--as-uid and --as-group need --as', help: 'list ' },
]) {
  test(`refuses \`${words.join(' ')}\` before anything is read`, async (t) => {
    const { exitCode, stdout, stderr } = await run(words, { cwd: tempFolder(t) });
    const said = stderr.replace(/\n {2}(?!See)/g, ' ');
    assert.deepEqual(
      { exitCode, stdout, said },
      { exitCode: 2, stdout: '', said: `error: ${message}\n  See \`kubectl nkvm ${help}--help\`.\n` },
    );
  });
}

for (const { name, formats } of [
  { name: 'list', formats: 'table, wide, json, yaml, jsonl, name' },
  { name: 'validate', formats: 'table, json, yaml, jsonl, name' },
  { name: 'restore', formats: 'table, json, yaml' },
  { name: 'verify', formats: 'table, json, yaml' },
  { name: 'cleanup', formats: 'table, json, yaml, name' },
  { name: 'version', formats: 'table, json, yaml' },
]) {
  test(`${name} prints ${formats} and nothing else`, async (t) => {
    assert.deepEqual(await run([name, '-o', 'xml'], { cwd: tempFolder(t) }), {
      exitCode: 2,
      stdout: '',
      stderr: `error: --output "xml" is none of: ${formats}\n  See \`kubectl nkvm ${name} --help\`.\n`,
    });
  });
}

const one = 'backup/5\n';
for (const words of [
  ['-n', 'shop', 'list', '--limit', '1', '-o', 'name'],
  ['--namespace=shop', '--limit=1', '--output=name', 'list'],
  ['list', '-nshop', '--limit', '1', '-oname'],
  ['-n=shop', 'list', '--limit=1', '-o=name'],
  ['list', '-qnshop', '--limit', '1', '-o', 'name'],
  ['list', '-n', 'blog', '-n', 'shop', '--limit', '1', '-o', 'name'],
  ['list', '--quiet=true', '--verbose=false', '-n', 'shop', '--limit', '1', '-o', 'name'],
  ['list', '-n', 'shop', '--limit', '1', '-o', 'name', '--', 'orders-data'],
]) {
  test(`reads flags as kubectl does: ${words.join(' ')}`, async (t) => {
    const { exitCode, stdout } = await run(words, { cwd: genuineFolder(t) });
    assert.deepEqual({ exitCode, stdout }, { exitCode: 0, stdout: one });
  });
}

test('takes a name after -- that looks like a flag for a name', async (t) => {
  const { stderr } = await run(['list', '-qA', '--', '--limit'], { cwd: genuineFolder(t) });
  assert.equal(stderr, 'warning: no such backup anywhere\n');
});

for (const words of [['--version'], ['-n', 'shop', '--version']]) {
  test(`prints its version for ${words.join(' ')}`, async (t) => {
    assert.deepEqual(await run(words, { cwd: tempFolder(t) }), {
      exitCode: 0,
      stdout: '1.2.3\n',
      stderr: '',
    });
  });
}

test('colours what is wrong on a terminal, unless NO_COLOR is set', async (t) => {
  const options = { cwd: tempFolder(t), columns: 80 };
  const { stderr: coloured } = await run(['lsit'], options);
  const { stderr: plain } = await run(['lsit'], { ...options, env: { NO_COLOR: '1' } });
  const text = 'error: unknown command "lsit"; did you mean list?\n  See `kubectl nkvm --help`.\n';
  assert.deepEqual(
    { coloured, plain },
    { coloured: text.replace('error:', '\x1b[31merror:\x1b[39m'), plain: text },
  );
});

test('every default that the help names is the one that holds', async (t) => {
  const commands = await loadCommands();
  const { host } = cliContext({ cwd: tempFolder(t) });
  const parsed = (...words: string[]) => ({ ...parseCommand(commands, words, host), typed: [] });
  const defaults = commands.flatMap(({ name, flags }) =>
    flags.flatMap((flag) => {
      const value = /\(default (\S+)\)$/.exec(flag.description)?.[1];
      return value === undefined ? [] : [{ name, word: `${flag.name}=${value}` }];
    }),
  );
  assert.deepEqual(
    defaults.map(({ name, word }) => ({ word, ...parsed(name, word) })),
    defaults.map(({ name, word }) => ({ word, ...parsed(name) })),
  );
  const ofList = defaults.filter(({ name }) => name === 'list').map(({ word }) => word);
  assert.deepEqual(ofList, [
    '--request-timeout=30s',
    '--output=table',
    '--color=auto',
    '--status=success',
    '--limit=20',
  ]);
});
