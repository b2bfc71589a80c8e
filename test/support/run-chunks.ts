// Runs the bundled program out of the folder of chunks that CHUNKS names, as the executable runs it out of itself, and
// writes the names of those that it loaded to the file that LOADED names.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLoader } from '../../scripts/build/chunk-loader.ts';

const { CHUNKS: folder = '', LOADED: file = '' } = process.env;
const chunks = readdirSync(folder);
const loader = createLoader({
  isSea: () => true,
  getAssetKeys: () => chunks,
  getRawAsset: (key) => new Uint8Array(readFileSync(join(folder, key))).buffer,
});
process.on('exit', () => writeFileSync(file, JSON.stringify([...loader.scripts.keys()])));
loader.load('main.js');
