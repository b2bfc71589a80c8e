import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { loadNativeAddon } from '../../../src/catalog/native-addon.ts';
import { addonBytes, addonFile, addonHost, answer } from '../../support/native-addon.ts';

describe('the native addon of the executable', () => {
  const intactFile = { name: 'better_sqlite3-0123.node', mode: 0o700, intact: true };
  let cache = '';
  let place = '';
  let file = '';

  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'native-addon-'));
    place = join(cache, 'kubectl-nkvm');
    file = join(place, intactFile.name);
  });
  afterEach(() => rmSync(cache, { recursive: true }));

  const extracted = (): object =>
    readdirSync(place).map((name) => ({
      name,
      mode: lstatSync(join(place, name)).mode & 0o777,
      intact: readFileSync(join(place, name)).equals(addonBytes),
    }));

  test('is extracted into a private folder and works', () => {
    const addon = loadNativeAddon(addonHost({ NKVM_CACHE_DIR: cache }));

    assert.equal(answer(addon), 42);
    assert.deepEqual(extracted(), [intactFile]);
    assert.equal(lstatSync(place).mode & 0o777, 0o700);
  });

  test('is not written again by a second run', () => {
    loadNativeAddon(addonHost({ NKVM_CACHE_DIR: cache }));
    const first = lstatSync(file);

    loadNativeAddon(addonHost({ NKVM_CACHE_DIR: cache }));

    const second = lstatSync(file);
    assert.deepEqual([second.ino, second.mtimeMs], [first.ino, first.mtimeMs]);
  });

  const damages: Readonly<Record<string, () => void>> = {
    'half written': () => truncateSync(file, addonBytes.length / 2),
    'changed without a change of size': () => writeFileSync(file, Buffer.alloc(addonBytes.length, 1)),
    'writable by others': () => chmodSync(file, 0o777),
    'a link to the addon somewhere else': () => {
      rmSync(file);
      symlinkSync(addonFile, file);
    },
  };
  for (const [damage, inflict] of Object.entries(damages)) {
    test(`is replaced when the extracted file is ${damage}`, () => {
      mkdirSync(place, { mode: 0o700 });
      writeFileSync(file, addonBytes, { mode: 0o700 });
      inflict();

      const addon = loadNativeAddon(addonHost({ NKVM_CACHE_DIR: cache }));

      assert.equal(answer(addon), 42);
      assert.deepEqual(extracted(), [intactFile]);
      assert.equal(lstatSync(file).isFile(), true);
    });
  }

  test('is extracted whole by 12 first runs at once', async () => {
    const program = `
      import { loadNativeAddon } from '${import.meta.resolve('../../../src/catalog/native-addon.ts')}';
      import { addonHost, answer } from '${import.meta.resolve('../../support/native-addon.ts')}';
      process.stdout.write(String(answer(loadNativeAddon(addonHost(process.env)))));`;
    const run = async () => {
      const env = { NKVM_CACHE_DIR: cache };
      const args = ['--input-type=module', '--eval', program];
      return (await promisify(execFile)(process.execPath, args, { env })).stdout;
    };

    const answers = await Promise.all(Array.from({ length: 12 }, run));

    assert.deepEqual(answers, new Array(12).fill('42'));
    assert.deepEqual(extracted(), [intactFile]);
  });
});
