import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { loadNativeAddon, type NativeAddonHost } from '../../../src/catalog/native-addon.ts';
import { addonHost, answer } from '../../support/native-addon.ts';

describe('the place of the native addon', () => {
  let folder = '';
  let temporary = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'native-addon-'));
    temporary = join(folder, 'tmp');
    mkdirSync(temporary);
    mkdirSync(join(folder, 'home'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const hostWith = (env: NativeAddonHost['env'], rest: Partial<NativeAddonHost> = {}): NativeAddonHost =>
    addonHost({ TMPDIR: temporary, ...env }, rest);

  const kept = [
    { platform: 'linux', variables: ['NKVM_CACHE_DIR', 'XDG_CACHE_HOME', 'HOME'], place: 'nkvm_cache_dir' },
    { platform: 'linux', variables: ['XDG_CACHE_HOME', 'HOME'], place: 'xdg_cache_home' },
    { platform: 'linux', variables: ['HOME'], place: 'home/.cache' },
    { platform: 'darwin', variables: ['XDG_CACHE_HOME', 'HOME'], place: 'home/Library/Caches' },
    { platform: 'win32', variables: ['LOCALAPPDATA', 'HOME'], place: 'localappdata' },
  ];
  for (const { platform, variables, place } of kept) {
    test(`is ${place} on ${platform} with ${variables.join(', ')}`, () => {
      const env = Object.fromEntries(variables.map((name) => [name, join(folder, name.toLowerCase())]));

      loadNativeAddon(hostWith(env, { platform }));

      assert.deepEqual(readdirSync(join(folder, place, 'kubectl-nkvm')), ['better_sqlite3-0123.node']);
    });
  }

  const unusable: Readonly<Record<string, () => NativeAddonHost>> = {
    'there is no HOME': () => hostWith({}),
    'HOME names no folder': () => hostWith({ HOME: join(folder, 'nobody') }),
    'the cache folder is below /proc': () => hostWith({ NKVM_CACHE_DIR: '/proc/nkvm/cache' }),
    'a file is in its way': () => hostWith({ NKVM_CACHE_DIR: import.meta.filename }),
    'others can write to the cache folder': () => {
      mkdirSync(join(folder, 'kubectl-nkvm'));
      chmodSync(join(folder, 'kubectl-nkvm'), 0o777);
      return hostWith({ NKVM_CACHE_DIR: folder });
    },
    'nothing can be loaded from the cache folder, as on a noexec mount': () => {
      const cache = join(folder, 'cache');
      const dlopen = (module: { exports: object }, file: string) => {
        if (file.startsWith(cache)) throw new Error('failed to map segment from shared object');
        process.dlopen(module, file);
      };
      return hostWith({ NKVM_CACHE_DIR: cache }, { dlopen });
    },
  };
  for (const [reason, host] of Object.entries(unusable)) {
    test(`is a temporary folder, gone once the addon is loaded, when ${reason}`, () => {
      const { dlopen, ...rest } = host();
      const loadedFrom: string[] = [];
      const observe = (module: { exports: object }, file: string) => {
        dlopen(module, file);
        loadedFrom.push(dirname(dirname(file)));
      };

      const addon = loadNativeAddon({ ...rest, dlopen: observe });

      assert.equal(answer(addon), 42);
      assert.deepEqual(loadedFrom, [temporary]);
      assert.deepEqual(readdirSync(temporary), []);
    });
  }

  test('is never a HOME that would have to be made', () => {
    loadNativeAddon(hostWith({ HOME: join(folder, 'nobody') }));

    assert.equal(existsSync(join(folder, 'nobody')), false);
  });

  test('is, when there is none, an error with every place tried, why, and the way out', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const env = { NKVM_CACHE_DIR: join(file, 'cache'), TMPDIR: join(folder, 'absent') };

    assert.throws(() => loadNativeAddon(hostWith(env, { platform: 'darwin' })), {
      name: 'CatalogError',
      code: 'sqlite-unloadable',
      action:
        'Set NKVM_CACHE_DIR to a folder of yours that is writable and not mounted noexec, ' +
        'or name the archive itself with --archive PATH --checksum HEX.',
      message: [
        'cannot load the SQLite addon from any folder:',
        `  ${file}/cache/kubectl-nkvm: ENOTDIR: not a directory, mkdir '${file}/cache'`,
        `  ${folder}/absent: ENOENT: no such file or directory, mkdtemp '${folder}/absent/kubectl-nkvm-XXXXXX'`,
      ].join('\n'),
    });
  });
});
