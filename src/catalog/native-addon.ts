// Loads better-sqlite3's native addon when the program is one executable: the system's loader wants a file, so the
// addon is written once to a folder of the user's own and loaded from there at every later start.
//
// Guarantees that what is loaded is byte for byte what the executable carries: a file that is foreign, writable by
// others, half written or changed is replaced, by a rename, so that runs side by side never see part of one.
// Where that folder cannot be used (no home, read-only, full, mounted noexec) the addon is loaded from a temporary
// folder, removed again at once.
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { isAbsolute, join, parse, relative, resolve, sep } from 'node:path';
import { CatalogError } from './catalog-error.ts';

/** The addon that the executable carries, and what loading it needs from the process. */
export interface NativeAddonHost {
  /** Names the content: two versions of the addon never share a name. */
  readonly fileName: string;
  readonly bytes: Uint8Array;
  readonly platform: string;
  /** The effective user; undefined on Windows. */
  readonly uid: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As `process.dlopen`: fills `module.exports` or throws. */
  dlopen(module: { exports: object }, file: string): void;
}

/** A folder to keep the addon in: `existing` is never made, the folders of `below` are. */
interface CachePlace {
  readonly existing: string;
  readonly below: readonly string[];
}

/**
 * Extracts the addon where needed and loads it; what is returned is better-sqlite3's `nativeBinding`.
 * Throws a CatalogError that names each place tried, and why it failed, when none works.
 */
export function loadNativeAddon(host: NativeAddonHost): object {
  const failures: string[] = [];
  const attempt = (place: string, load: () => object): object | undefined => {
    try {
      return load();
    } catch (error) {
      failures.push(`  ${place}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };

  const cache = cachePlace(host);
  const cacheFolder = cache === undefined ? 'cache folder' : join(cache.existing, ...cache.below);
  const fromCache = attempt(cacheFolder, () => loadFromCache(host, cache));
  if (fromCache !== undefined) return fromCache;
  for (const folder of temporaryFolders(host)) {
    const addon = attempt(folder, () => loadFromTemporaryFolder(host, folder));
    if (addon !== undefined) return addon;
  }
  throw new CatalogError(
    'sqlite-unloadable',
    `cannot load the SQLite addon from any folder:\n${failures.join('\n')}`,
    {
      action:
        'Set NKVM_CACHE_DIR to a folder of yours that is writable and not mounted noexec, ' +
        'or name the archive itself with --archive PATH --checksum HEX.',
    },
  );
}

function cachePlace({ env, platform }: NativeAddonHost): CachePlace | undefined {
  if (env.NKVM_CACHE_DIR) return fromRoot(resolve(env.NKVM_CACHE_DIR));
  if (platform === 'win32') return env.LOCALAPPDATA ? fromRoot(env.LOCALAPPDATA) : undefined;
  const xdg = env.XDG_CACHE_HOME;
  if (platform !== 'darwin' && xdg && isAbsolute(xdg)) return fromRoot(xdg);
  if (!env.HOME) return undefined;
  const caches = platform === 'darwin' ? ['Library', 'Caches'] : ['.cache'];
  return { existing: env.HOME, below: [...caches, 'kubectl-nkvm'] };
}

function fromRoot(folder: string): CachePlace {
  const { root } = parse(folder);
  return { existing: root, below: [...relative(root, folder).split(sep), 'kubectl-nkvm'] };
}

function temporaryFolders({ env, platform }: NativeAddonHost): readonly string[] {
  if (platform === 'win32') return [env.TEMP ?? env.TMP ?? 'C:\\Windows\\Temp'];
  const folders = [env.TMPDIR || '/tmp'];
  return platform === 'linux' ? [...folders, '/dev/shm'] : folders;
}

function loadFromCache(host: NativeAddonHost, place: CachePlace | undefined): object {
  if (place === undefined) throw new Error('no home folder is set');
  const folder = makeFolders(place);
  const status = lstatSync(folder);
  if (!status.isDirectory() || !isPrivate(host, status)) throw new Error('not a folder of yours alone');
  const file = join(folder, host.fileName);
  if (!isIntact(host, file)) replaceFile(host, folder, file);
  return dlopen(host, file);
}

/** Level by level: a recursive mkdir never returns below /proc. */
function makeFolders({ existing, below }: CachePlace): string {
  let folder = existing;
  for (const name of below) {
    folder = join(folder, name);
    if (statSync(folder, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
  return folder;
}

function isPrivate(host: NativeAddonHost, status: { readonly uid: number; readonly mode: number }): boolean {
  return host.uid === undefined || (status.uid === host.uid && (status.mode & 0o022) === 0);
}

function isIntact(host: NativeAddonHost, file: string): boolean {
  const status = lstatSync(file, { throwIfNoEntry: false });
  if (status === undefined || !status.isFile() || status.size !== host.bytes.byteLength) return false;
  return isPrivate(host, status) && readFileSync(file).equals(host.bytes);
}

/** Written in a folder of its own, then renamed over what is there. */
function replaceFile(host: NativeAddonHost, folder: string, file: string): void {
  const draft = mkdtempSync(join(folder, '.new-'));
  try {
    renameSync(writeAddon(host, draft), file);
  } catch (error) {
    // Windows does not replace a file that another run has just written and loaded.
    if (!isIntact(host, file)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function loadFromTemporaryFolder(host: NativeAddonHost, parent: string): object {
  const folder = mkdtempSync(join(parent, 'kubectl-nkvm-'));
  try {
    return dlopen(host, writeAddon(host, folder));
  } finally {
    removeLoaded(host, folder);
  }
}

/** A loaded file stays mapped after its removal, except on Windows, which keeps the file instead. */
function removeLoaded({ platform }: NativeAddonHost, folder: string): void {
  if (platform !== 'win32') rmSync(folder, { recursive: true, force: true });
}

function writeAddon({ bytes, fileName }: NativeAddonHost, folder: string): string {
  const file = join(folder, fileName);
  writeFileSync(file, bytes, { mode: 0o700, flag: 'wx', flush: true });
  return file;
}

function dlopen(host: NativeAddonHost, file: string): object {
  const module = { exports: {} };
  host.dlopen(module, file);
  return module.exports;
}
