// Builds dist/kubectl-nkvm, one executable file for the platform that this runs on: `npm run build`. For the other
// platforms, and all that a release is, see scripts/release.
//
// The file is Node itself with the program in it: a boot script, lazily loaded chunks, their V8 code caches and the
// SQLite addon, all as assets of a Node single executable application, put together by pkg. Needs no network.
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bundleBoot, bundleChunks } from './build/bundle.ts';
import { packExecutable } from './build/pack.ts';
import { hostTarget, isHost, programFile, type Target } from './build/targets.ts';
import { warmUp } from './build/warm-up.ts';

interface BuildRequest {
  readonly target: Target;
  readonly outputFile: string;
  /** A folder for intermediate files, emptied first and removed afterwards. */
  readonly workFolder: string;
}

const root = dirname(import.meta.dirname);

/** Builds the executable; only that of this machine's own kind carries code caches, and so starts at its fastest. */
export async function buildExecutable({ target, outputFile, workFolder }: BuildRequest): Promise<void> {
  const assets = join(workFolder, 'assets');
  const boot = join(workFolder, 'boot.cjs');
  rmSync(workFolder, { recursive: true, force: true });
  mkdirSync(assets, { recursive: true });
  try {
    await Promise.all([
      bundleBoot(join(import.meta.dirname, 'sea-boot.ts'), boot),
      bundleChunks(join(root, 'src', 'main.ts'), assets),
    ]);
    copyAddon(target, assets);
    if (isHost(target)) await warmUp(assets, join(workFolder, 'warm-up'));
    await packExecutable({ target, boot, assets, home: join(workFolder, 'home'), outputFile });
  } finally {
    rmSync(workFolder, { recursive: true, force: true });
  }
}

/** The addon's name in the executable carries its content's hash: it names the extracted file as well. */
function copyAddon({ platform, nodeArch }: Target, assets: string): void {
  const require = createRequire(import.meta.url);
  const sqlite = dirname(require.resolve('better-sqlite3/package.json'));
  const addon = join(sqlite, 'prebuilds', `${platform}-${nodeArch}.node`);
  const sha256 = createHash('sha256').update(readFileSync(addon)).digest('hex');
  copyFileSync(addon, join(assets, `better_sqlite3-${sha256.slice(0, 32)}.node`));
}

if (import.meta.main) {
  const target = hostTarget();
  const outputFile = join(root, 'dist', programFile(target));
  // Two builds at once must not mix their chunks.
  await buildExecutable({ target, outputFile, workFolder: join(root, 'dist', `.build-${process.pid}`) });
  console.log(`${outputFile}: ${(statSync(outputFile).size / 1e6).toFixed(1)} MB`);
}
