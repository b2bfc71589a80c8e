import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { run } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

const run20260102 = '20260102030405-bcdfg';
const continueTakes = '--continue RUN takes only --check-app, --rollout-timeout and the record flags';

/** In an empty folder without a kubeconfig: whatever was read would be another failure. */
const refusals: readonly { words: readonly string[]; message: string }[] = [
  {
    words: ['restore', 'backup/5'],
    message: 'stdin or stderr is no terminal, so nobody can be asked: add --yes to approve, or --dry-run',
  },
  {
    words: ['restore', 'backup/5', '--safety', 'sometimes'],
    message: '--safety "sometimes" is none of: snapshot, archive, archive=DIR, none',
  },
  {
    words: ['restore', 'backup/5', '--safety', 'archive='],
    message: '--safety "archive=" is none of: snapshot, archive, archive=DIR, none',
  },
  {
    words: ['restore', 'backup/5', '--wipe', '--safety', 'none', '--yes'],
    message: '--wipe needs --approve-wipe NS/PVC, the claim that it empties',
  },
  {
    words: ['restore', 'backup/5', '--wipe', '--approve-wipe', 'shop/data', '--yes'],
    message: '--wipe needs --safety snapshot, archive[=DIR] or none too',
  },
  {
    words: ['restore', 'backup/5', '--wipe', '--approve-wipe', 'data', '--safety', 'none'],
    message: '--approve-wipe "data" is not NAMESPACE/PVC',
  },
  {
    words: [
      ...['restore', 'backup/5', '--wipe', '--approve-wipe', 'shop/data', '--safety', 'none'],
      ...['--include', 'conf', '--yes'],
    ],
    message: '--wipe and --include or --exclude exclude each other: a part would take the place of all',
  },
  {
    words: ['restore', 'backup/5', '--approve-wipe', 'shop/data'],
    message: '--approve-wipe goes with --wipe',
  },
  {
    words: [
      ...['restore', '--archive', 'a.tar.gz', '--no-checksum', '--target', 'shop/data', '--yes'],
      ...['--wipe', '--approve-wipe', 'shop/data2', '--safety', 'none'],
    ],
    message: '--approve-wipe "shop/data2" is not the target: shop/data would be emptied',
  },
  {
    words: ['restore', '--continue', run20260102, '--safety', 'none', '--yes'],
    message: continueTakes,
  },
  ...['restore', 'verify', 'validate'].flatMap((command) => [
    {
      words: [command, '-y'].slice(0, command === 'restore' ? 2 : 1),
      message: 'name a backup (backup/ID or a PVC), or give -f FILE or --archive PATH',
    },
    {
      words: [command, 'backup/5', '-f', '-'],
      message: 'BACKUP, -f and --archive exclude each other',
    },
    {
      words: [command, '--archive', 'a.tar.gz', '--no-checksum', '--catalog', 'x'],
      message: '--archive and --catalog exclude each other',
    },
    {
      words: [command, '--archive', 'a.tar.gz'],
      message: '--archive needs either --checksum HEX or --no-checksum',
    },
    {
      words: [command, '--archive', 'a.tar.gz', '--checksum', 'abc'],
      message: '--checksum "abc" is not 64 hex digits',
    },
    {
      words: [command, 'backup/5', '--no-checksum'],
      message: '--checksum and --no-checksum go with --archive',
    },
    { words: [command, 'backup/5', '--at', '7d'], message: '--at goes with the name of a PVC' },
  ]),
  ...['restore', 'verify'].flatMap((command) => [
    {
      words: [command, '--archive', 'a.tar.gz', '--no-checksum'],
      message: '--archive needs --target [NS/]PVC',
    },
    {
      words: [command, 'backup/5', '--target', 'a/b/c'],
      message: '--target "a/b/c" is not [NAMESPACE/]PVC',
    },
    { words: [command, 'backup/5', '--overrides', '[]'], message: '--overrides is not a JSON object' },
    {
      words: [command, 'backup/5', '--overrides', '{"metadata":{"name":"x"}}'],
      message: '--overrides may not change metadata.name or metadata.namespace',
    },
    {
      words: [command, 'backup/5', '--pod-timeout', '3'],
      message: '--pod-timeout: "3" is not a duration: give a number with its unit (180s, 5m, 1h30m, 7d) or 0',
    },
  ]),
  {
    words: ['restore', 'backup/5', '--record', 'record.txt', '-y'],
    message: '--record "record.txt" ends in none of: .json, .yaml, .md',
  },
  {
    words: ['restore', 'backup/5', '--include', 'a/../b', '-y'],
    message: '--include: "a/../b" has a ".." in it: a pattern cannot leave the volume',
  },
  {
    words: ['restore', 'backup/5', '--exclude', 'a[', '-y'],
    message: '--exclude: "a[" has a [ without its ]: write \\[ for the character itself',
  },
  {
    words: ['restore', 'backup/5', '--show-files=many', '-y'],
    message: '--show-files "many" is not a whole number',
  },
  {
    words: ['restore', 'backup/5', '--accept-incomplete', '-y'],
    message:
      '--accept-incomplete needs --target [NS/]PVC: another claim than the one backed up, as what that holds may be more than the archive does',
  },
  { words: ['restore', '--continue', run20260102, '--include', 'a', '-y'], message: continueTakes },
  {
    words: ['restore', 'backup/5', '--dry-run=maybe'],
    message: '--dry-run "maybe" is neither client nor server',
  },
  {
    words: ['restore', 'backup/5', '--workload', 'configmap/x', '-y'],
    message: '--workload "configmap/x" is not KIND/NAME of something that starts pods: deployment/NAME, ...',
  },
  {
    words: ['restore', 'backup/5', '--retries', 'ever', '-y'],
    message: '--retries "ever" is not a whole number',
  },
  {
    words: ['restore', 'backup/5', '--retry-timeout', '2', '-y'],
    message: '--retry-timeout: "2" is not a duration: give a number with its unit (180s, 5m, 1h30m, 7d) or 0',
  },
  {
    words: ['restore', 'backup/5', '--replicas', 'all', '-y'],
    message: '--replicas "all" is not a whole number',
  },
  ...['check', 'quiesce', 'rollout'].map((name) => ({
    words: ['restore', 'backup/5', `--${name}-timeout=soon`, '-y'],
    message: `--${name}-timeout: "soon" is not a duration: give a number with its unit (180s, 5m, 1h30m, 7d) or 0`,
  })),
  ...[
    ['backup/5'],
    ['-f', '-'],
    ['--hold'],
    ['--dry-run'],
    ['--target', 'x'],
    ['--check', 'true'],
    ['--replicas', '2'],
  ].map((more) => ({
    words: ['restore', '--continue', run20260102, '-y', ...more],
    message: continueTakes,
  })),
  {
    words: ['restore', '--continue', 'x', '-y'],
    message: '--continue "x" is not the name of a run (YYYYMMDDHHMMSS-xxxxx)',
  },
  {
    words: ['verify', 'backup/5', '--show-differences', 'some'],
    message: '--show-differences "some" is not a whole number',
  },
  { words: ['cleanup', 'x'], message: '"x" is not the name of a run (YYYYMMDDHHMMSS-xxxxx)' },
  { words: ['cleanup', '-A', '-n', 'shop'], message: '-A and -n exclude each other' },
];

for (const { words, message } of refusals) {
  test(`refuses \`${words.join(' ')}\` before anything is read`, async (t) => {
    const cwd = tempFolder(t);
    const { exitCode, stdout, stderr } = await run(words, { cwd });
    const said = stderr.replace(/\n {2}(?!See)/g, ' ');
    assert.deepEqual(
      { exitCode, stdout, said, files: readdirSync(cwd) },
      {
        exitCode: 2,
        stdout: '',
        said: `error: ${message}\n  See \`kubectl nkvm ${words[0]} --help\`.\n`,
        files: [],
      },
    );
  });
}
