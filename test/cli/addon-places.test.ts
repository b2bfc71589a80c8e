/**
 * The executable on machines where its cache folder cannot be used, with real mounts in a namespace of each test's own:
 * they are gone with its process.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { executable, notBuilt, runProcess } from '../support/executable.ts';
import { genuineFolder } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

const noMounts =
  spawnSync('unshare', ['--mount', 'true']).status === 0 ? false : 'no mount namespace can be made here';
const skip = notBuilt || noMounts;
/** Where ~/.cache is the place for it. */
const skipElsewhere = notBuilt || (platform() === 'linux' ? false : 'the cache has another place here');
const answer = { exitCode: 0, stdout: 'backup/5\nbackup/4\nbackup/3\nbackup/1\n', stderr: '' };

/**
 * Runs `list -qA -o name` after the script, which sees the home as "$1" and a folder for temporary files as "$2";
 * without root's power to write everywhere.
 */
async function listAfter(cwd: string, folders: readonly string[], script: string) {
  const powerless = 'setpriv --bounding-set=-all --inh-caps=-all';
  const line = `set -e; ${script}; exec ${powerless} "$0" list -qA -o name`;
  const words = ['--mount', 'sh', '-c', line, executable, ...folders];
  return runProcess('unshare', words, { cwd, env: { HOME: folders[0] ?? '', TMPDIR: folders[1] ?? '' } });
}

for (const { where, script } of [
  { where: 'is mounted noexec', script: 'mount -t tmpfs -o noexec tmpfs "$1"' },
  { where: 'is full', script: 'mount -t tmpfs -o size=64k tmpfs "$1"' },
  { where: 'is read-only', script: 'mount -t tmpfs -o ro tmpfs "$1"' },
  { where: 'may not be written to', script: 'chmod 500 "$1"' },
  { where: 'does not exist', script: 'rmdir "$1"' },
  { where: 'is not named', script: 'unset HOME' },
]) {
  test(`works, and leaves nothing behind, where the home ${where}`, { skip }, async (t) => {
    const folders = [tempFolder(t), tempFolder(t)];

    const result = await listAfter(genuineFolder(t), folders, script);

    assert.deepEqual(result, answer);
    assert.deepEqual(
      folders.filter(existsSync).map((folder) => readdirSync(folder)),
      folders.filter(existsSync).map(() => []),
    );
  });
}

test('works on a read-only root with nothing but /dev/shm to write to', { skip }, async (t) => {
  const folders = [tempFolder(t), tempFolder(t)];
  const script =
    'mount --bind / /mnt; mount -o remount,ro,bind /mnt; mount -t tmpfs tmpfs /mnt/dev/shm; unset TMPDIR';
  const line = `set -e; ${script}; exec chroot /mnt sh -c 'cd "$1"; exec "$0" list -qA -o name' "$0" "$1"`;
  const words = ['--mount', 'sh', '-c', line, executable, genuineFolder(t)];

  assert.deepEqual(await runProcess('unshare', words, { cwd: '/', env: { HOME: folders[0] ?? '' } }), answer);
});

test('says every place that it tried, why each failed, and the way out', { skip }, async (t) => {
  const folders = [tempFolder(t), tempFolder(t)];
  const places = ['"$1"', '"$2"', '/dev/shm'];
  const script = places.map((place) => `mount -t tmpfs -o noexec tmpfs ${place}`).join('; ');

  const { exitCode, stdout, stderr } = await listAfter(genuineFolder(t), folders, script);

  const reasons = stderr.match(/failed to map segment from shared object/g);
  const named = [...folders, '/dev/shm', 'sqlite-unloadable', 'NKVM_CACHE_DIR', '--archive PATH'];
  assert.deepEqual(
    { exitCode, stdout, reasons: reasons?.length, unnamed: named.filter((word) => !stderr.includes(word)) },
    { exitCode: 11, stdout: '', reasons: 3, unnamed: [] },
    stderr,
  );
});

test('is extracted once by 6 first runs at once, for the user alone', { skip: skipElsewhere }, async (t) => {
  const home = tempFolder(t);
  const cwd = genuineFolder(t);
  const run = () => runProcess(executable, ['list', '-qA', '-o', 'name'], { cwd, env: { HOME: home } });

  const results = await Promise.all(Array.from({ length: 6 }, run));

  const folder = join(home, '.cache', 'kubectl-nkvm');
  assert.deepEqual(results, new Array(6).fill(answer));
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.deepEqual(
    readdirSync(folder).map((name) => name.replace(/[0-9a-f]{32}/, 'HASH')),
    ['better_sqlite3-HASH.node'],
  );
});

for (const { how, damage } of [
  { how: 'tampered with', damage: (file: string) => writeFileSync(file, Buffer.alloc(statSync(file).size)) },
  { how: 'half written', damage: (file: string) => truncateSync(file, statSync(file).size / 2) },
]) {
  test(`is extracted again where the file was ${how}`, { skip: skipElsewhere }, async (t) => {
    const home = tempFolder(t);
    const cwd = genuineFolder(t);
    const list = () => runProcess(executable, ['list', '-qA', '-o', 'name'], { cwd, env: { HOME: home } });
    await list();
    const folder = join(home, '.cache', 'kubectl-nkvm');
    const file = join(folder, readdirSync(folder)[0] ?? '');
    const whole = readFileSync(file);
    damage(file);

    const result = await list();

    assert.deepEqual(result, answer);
    assert.equal(readFileSync(file).equals(whole), true);
  });
}
