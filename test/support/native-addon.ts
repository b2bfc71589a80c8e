import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import type { NativeAddonHost } from '../../src/catalog/native-addon.ts';

const sqlite = dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json'));

/** The real addon for this machine. */
export const addonFile = join(sqlite, 'prebuilds', `${process.platform}-${process.arch}.node`);
export const addonBytes = readFileSync(addonFile);

/** This process as a host, with no environment but `env`. */
export function addonHost(env: NativeAddonHost['env'], rest: Partial<NativeAddonHost> = {}): NativeAddonHost {
  return {
    fileName: 'better_sqlite3-0123.node',
    bytes: addonBytes,
    platform: process.platform,
    uid: process.geteuid?.(),
    env,
    dlopen: (module, file) => process.dlopen(module, file),
    ...rest,
  };
}

/** Multiplies 6 by 7 in a database that uses the loaded addon. */
export function answer(addon: object): unknown {
  // better-sqlite3 takes the addon itself; its types know only of a path.
  const database = new Database(':memory:', { nativeBinding: addon as unknown as string });
  try {
    return database.prepare('SELECT 6 * 7').pluck().get();
  } finally {
    database.close();
  }
}
