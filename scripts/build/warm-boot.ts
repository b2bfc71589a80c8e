// The executable's boot, run from the folder of assets named by WARM_UP_ASSETS. At its end every chunk has been
// loaded and has a code cache with the functions that this run compiled, added to those of earlier runs.
// Exits 70 when a chunk cannot be compiled or evaluated, else with the program's own status.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLoader } from './chunk-loader.ts';

const folder = process.env.WARM_UP_ASSETS ?? '';
const assetNames = readdirSync(folder);
const loader = createLoader({
  isSea: () => true,
  getAssetKeys: () => assetNames,
  getRawAsset: (key) => new Uint8Array(readFileSync(join(folder, key))).buffer,
});

function loadOrFail(name: string): void {
  try {
    loader.load(name);
  } catch (error) {
    console.error(`${name}:`, error);
    process.exitCode = 70;
  }
}

process.on('exit', () => {
  for (const name of assetNames) if (name.endsWith('.js')) loadOrFail(name);
  for (const [name, script] of loader.scripts) {
    writeFileSync(join(folder, `${name}.cache`), script.createCachedData());
  }
});
loadOrFail('main.js');
