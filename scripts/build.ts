// Builds dist/kubectl-nkvm, one executable file for the platform that this runs on: `npm run build`.
//
// The file is Node itself with the program in it: a boot script, lazily loaded chunks, their V8 code caches and the
// SQLite addon, all as assets of a Node single executable application, put together by pkg. Needs no network.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import pkg from '@yao-pkg/pkg/lib-es5/sea.js';
import { bundleBoot, bundleChunks } from './build/bundle.ts';
import { warmUp } from './build/warm-up.ts';

interface BuildRequest {
  /** The program's entry, TypeScript. */
  readonly entry: string;
  readonly outputFile: string;
  /** A folder for intermediate files, emptied first. */
  readonly workFolder: string;
}

/** Builds the executable of any entry; the program's own is the default below. */
export async function buildExecutable({ entry, outputFile, workFolder }: BuildRequest): Promise<void> {
  const assets = join(workFolder, 'assets');
  const boot = join(workFolder, 'boot.cjs');
  rmSync(workFolder, { recursive: true, force: true });
  mkdirSync(assets, { recursive: true });

  await Promise.all([
    bundleBoot(join(import.meta.dirname, 'sea-boot.ts'), boot),
    bundleChunks(entry, assets),
  ]);
  copyAddon(assets);
  warmUp(assets, join(workFolder, 'warm-up'));
  await packExecutable({ boot, assets, outputFile });
}

/** The addon's name in the executable carries its content's hash: it names the extracted file as well. */
function copyAddon(assets: string): void {
  const require = createRequire(import.meta.url);
  const sqlite = dirname(require.resolve('better-sqlite3/package.json'));
  const addon = join(sqlite, 'prebuilds', `${process.platform}-${process.arch}.node`);
  const sha256 = createHash('sha256').update(readFileSync(addon)).digest('hex');
  copyFileSync(addon, join(assets, `better_sqlite3-${sha256.slice(0, 32)}.node`));
}

interface PackRequest {
  readonly boot: string;
  readonly assets: string;
  readonly outputFile: string;
}

/** pkg injects into a copy of the Node that runs this; its own command line would download another. */
async function packExecutable({ boot, assets, outputFile }: PackRequest): Promise<void> {
  const draft = `${outputFile}.${process.pid}.new`;
  const assetFiles = readdirSync(assets).map((name) => [name, join(assets, name)] as const);
  const seaConfig = {
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    useCodeCache: true,
    // A user's NODE_OPTIONS are not for this program: some of them would stop it.
    execArgvExtension: 'none',
    // Without a limit, reading a million members makes V8 keep 128 MB for what dies young, and is no faster for it.
    execArgv: ['--max-semi-space-size=8'],
    assets: Object.fromEntries(assetFiles),
  };
  const target = {
    nodeRange: `node${process.versions.node}`,
    platform: pkgPlatform(),
    arch: process.arch,
    output: draft,
  };
  await pkg.default(boot, { nodePath: process.execPath, signature: true, seaConfig, targets: [target] });
  chmodSync(draft, 0o755);
  renameSync(draft, outputFile);
}

function pkgPlatform(): 'linux' | 'macos' | 'win' {
  if (process.platform === 'darwin') return 'macos';
  return process.platform === 'win32' ? 'win' : 'linux';
}

if (import.meta.main) {
  const root = dirname(import.meta.dirname);
  const outputFile = join(root, 'dist', process.platform === 'win32' ? 'kubectl-nkvm.exe' : 'kubectl-nkvm');
  // Two builds at once must not mix their chunks.
  const workFolder = join(root, 'dist', `.build-${process.pid}`);
  try {
    await buildExecutable({ entry: join(root, 'src', 'main.ts'), outputFile, workFolder });
  } finally {
    rmSync(workFolder, { recursive: true, force: true });
  }
  console.log(`${outputFile}: ${(statSync(outputFile).size / 1e6).toFixed(1)} MB`);
}
