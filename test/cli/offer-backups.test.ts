/** `restore` with no backup named. There is no cluster: after the choice it says so. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { shellCommand } from '../../src/domain/shell-words.ts';
import { executable, notBuilt } from '../support/executable.ts';
import { makeHistoryDb } from '../support/history-db.ts';
import { genuineFolder, run } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { asked, withoutShell } from '../support/typed.ts';

const skip = notBuilt || withoutShell('sh');
const down = '\x1b[B';
const help = 'Ctrl-C leaves.';
const xterm = { TERM: 'xterm', NO_COLOR: '1' };
const dumb = { TERM: 'dumb' };
const noCluster = /error: no kubeconfig: /;

for (const { title, env, keys, chosen } of [
  {
    title: 'Enter chooses the newest',
    env: xterm,
    keys: [[help, '\r']],
    chosen: 'backup/5 of shop/orders-data',
  },
  {
    title: 'the arrow keys choose another',
    env: xterm,
    keys: [
      [help, `${down}${down}`],
      ['> 3 ', '\r'],
    ],
    chosen: 'backup/3 of shop/web-content',
  },
  {
    title: 'a number chooses where the terminal cannot redraw',
    env: dumb,
    keys: [
      ['Enter leaves] ', '9\n'],
      ['There is no 9.', '2\n'],
    ],
    chosen: 'backup/4 of blog/uploads',
  },
] as const) {
  test(`with no backup named, ${title}`, { skip }, async (t) => {
    const cwd = genuineFolder(t);
    const { exitCode, screen } = await asked(t, { cwd, words: ['restore'], env, keys });
    assert.match(screen, new RegExp(`chosen: ${chosen}\\n`));
    assert.match(screen, noCluster);
    assert.equal(exitCode, 1);
  });
}

for (const { title, env, keys, message } of [
  { title: 'Ctrl-C', env: xterm, keys: [[help, '\x03']], message: 'interrupted by SIGINT' },
  { title: 'Ctrl-D', env: xterm, keys: [[help, '\x04']], message: 'cancelled, nothing was changed' },
  {
    title: 'Ctrl-C on a dumb terminal',
    env: dumb,
    keys: [['Enter leaves] ', '\x03']],
    message: 'interrupted by SIGINT',
  },
  {
    title: 'Enter on a dumb terminal',
    env: dumb,
    keys: [['Enter leaves] ', '\n']],
    message: 'cancelled, nothing was changed',
  },
] as const) {
  test(`with no backup named, ${title} leaves`, { skip }, async (t) => {
    const { exitCode, screen } = await asked(t, { cwd: genuineFolder(t), words: ['restore'], env, keys });
    assert.deepEqual(
      { exitCode, end: screen.slice(screen.indexOf('error: ')) },
      { exitCode: 130, end: `error: ${message}\ncode: interrupted\n` },
    );
  });
}

test('is drawn in ASCII within 60 columns, and in no colour where none is wanted', { skip }, async (t) => {
  const keys = [[help, '\x03']] as const;
  const { screen } = await asked(t, {
    cwd: genuineFolder(t),
    words: ['restore', '-q', '--color', 'never'],
    env: { TERM: 'xterm' },
    keys,
  });
  const drawn = screen.slice(0, screen.indexOf(help)).split('\n');
  const [message, ...lines] = drawn.slice(0, 6);
  assert.deepEqual(
    {
      message,
      // The backups grow older every day.
      lines: lines.map((line) => line.replace(/\S+$/, 'AGE')),
      tooLong: drawn.filter((line) => line.length > 60),
    },
    {
      message: '? Which backup is to be restored?',
      lines: [
        '  NAME   CLAIM              SIZE    AGE',
        '> 5      shop/orders-data   242Ki   AGE',
        '  4      blog/uploads       817Ki   AGE',
        '  3      shop/web-content   114Ki   AGE',
        '  1      shop/orders-data   242Ki   AGE',
      ],
      tooLong: [],
    },
  );
});

test('offers those of -n alone', { skip }, async (t) => {
  const keys = [[help, '\r']] as const;
  const { screen } = await asked(t, {
    cwd: genuineFolder(t),
    words: ['restore', '-n', 'blog'],
    env: xterm,
    keys,
  });
  assert.match(screen, /\? Which .*\n {2}NAME .*\n> 4 {6}blog\/uploads .*\n\nArrow keys/);
});

test('says that there is none to choose from', { skip }, async (t) => {
  const cwd = tempFolder(t);
  makeHistoryDb(join(cwd, 'some.db'), [{}]);
  const words = ['restore', '-q', '-n', 'blog', '--catalog', 'some.db'];
  const { exitCode, screen } = await asked(t, { cwd, words, env: xterm, keys: [] });
  assert.equal(exitCode, 11);
  assert.match(
    screen.replaceAll(/\n */g, ' '),
    /some\.db has no successful backup of namespace blog code: backup-not-found/,
  );
});

for (const words of [
  ['restore'],
  ['restore', '--dry-run'],
  ['restore', '-y'],
  ['verify'],
  ['restore', '--at', '1d'],
]) {
  test(`offers nothing for \`${words.join(' ')}\` where nobody can be asked`, async (t) => {
    const { exitCode, stdout, stderr } = await run(words, { cwd: genuineFolder(t) });
    assert.deepEqual(
      { exitCode, stdout, said: stderr.split('\n', 1)[0] },
      {
        exitCode: 2,
        stdout: '',
        said: 'error: name a backup (backup/ID or a PVC), or give -f FILE or --archive PATH',
      },
    );
  });
}

test('a terminal that is closed while it offers backups is an interruption', { skip }, async (t) => {
  const cwd = genuineFolder(t);
  const status = join(cwd, 'status');
  // The shell outlives its terminal, to tell how the program ended.
  const script = `trap '' HUP; ${shellCommand([executable, 'restore'])}; echo $? > ${shellCommand([status])}`;
  const child = spawn('script', ['-qec', script, '/dev/null'], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, ...xterm },
  });
  t.after(() => child.kill('SIGKILL'));
  let screen = '';
  for await (const chunk of child.stdout) {
    screen += chunk;
    if (screen.includes(help)) break;
  }
  child.kill('SIGKILL');
  while (!existsSync(status) || readFileSync(status, 'utf8') === '') await setTimeout(50);
  assert.equal(readFileSync(status, 'utf8'), '143\n');
});
