import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCommands, parseCommand } from '../../../src/cli.ts';
import { sameAgain } from '../../../src/commands/restore-again.ts';
import { Session } from '../../../src/commands/session.ts';
import { readCommandLine } from '../../../src/commands/usage.ts';
import type { Backup } from '../../../src/domain/backup.ts';
import { cliContext } from '../../support/run-cli.ts';

const backup: Backup = {
  id: '2',
  namespace: 'shop',
  pvc: 'orders-data',
  status: 'success',
  createdAt: '2026-11-22T20:00:00+00:00',
  archive: { path: 'backups/two.tar.gz' },
  checksumSha256: 'a'.repeat(64),
  message: '',
  catalog: '/app/data/backups.db',
};

/** What is typed next after `kubectl nkvm WORDS…` of this backup. */
async function again(words: readonly string[], named: Backup = backup): Promise<string> {
  const { host } = cliContext({ cwd: '/here' });
  const commands = await loadCommands(['restore']);
  const line = readCommandLine(commands, words);
  if (line.kind !== 'run') throw new Error(`no run: ${line.kind}`);
  const { typed } = parseCommand(commands, line.words, host);
  return sameAgain(Session.plain(host), { typed, backup: named, older: [], archiveDir: undefined });
}

test('the same restore again goes into the same claim, in the same way', async () => {
  const words = [
    'restore',
    'orders-data',
    '-n',
    'shop',
    '--target',
    'shop/new',
    '--owner',
    '1:1',
    '--exclude',
    'a b',
  ];
  assert.equal(
    await again(words),
    "kubectl nkvm restore backup/2 --catalog=/app/data/backups.db --namespace=shop --target=shop/new --owner=1:1 '--exclude=a b'",
  );
});

test('the same restore again is approved anew, and has a record of its own', async () => {
  const wipe = ['--wipe', '--approve-wipe', 'shop/orders-data', '--safety', 'none'];
  const words = ['restore', '2', '-y', ...wipe, '--record', 'incident.md', '-o', 'json', '-q'];
  assert.equal(
    await again(words),
    'kubectl nkvm restore backup/2 --catalog=/app/data/backups.db --wipe --safety=none',
  );
});

test('the same restore again names the catalogue that was read, however it was named', async () => {
  const named = [[], ['--catalog', 'data/backups.db'], ['-f', '-']];
  for (const words of named) {
    assert.equal(
      await again(['restore', ...(words.includes('-f') ? [] : ['2']), ...words, '--yes']),
      'kubectl nkvm restore backup/2 --catalog=/app/data/backups.db',
    );
  }
});

test('the same restore again names an archive without a catalogue by its path', async () => {
  const checksum = 'a'.repeat(64);
  const words = ['restore', '--archive', 'backups/two.tar.gz', '--checksum', checksum, '--target', 'new'];
  assert.equal(
    await again(words, { ...backup, catalog: '' }),
    `kubectl nkvm restore --archive=backups/two.tar.gz --checksum=${checksum} --target=new`,
  );
});
