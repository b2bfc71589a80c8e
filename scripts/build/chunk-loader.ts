// Loads the program's chunks, with V8's warmed code caches where there are any.
//
// Guarantees that the program sees nothing but its own chunks and Node's built-in modules: a node_modules
// folder beside the executable is never looked at. Chunks are CommonJS in a function wrapper, because a script
// compiled from memory has no import() of its own; the bundler has turned every import() into a require().
import { Script } from 'node:vm';

/** The part of `node:sea` that is needed; the warm-up supplies the same from a folder. */
export interface Assets {
  isSea(): boolean;
  getAssetKeys(): string[];
  getRawAsset(key: string): ArrayBuffer;
}

interface Loader {
  /** Runs a chunk once, by its asset name; returns its exports. */
  load(name: string): unknown;
  /** The scripts of the chunks loaded so far, by asset name. */
  readonly scripts: ReadonlyMap<string, Script>;
}

type Require = (id: string) => unknown;
type Module = { exports: unknown };
type Chunk = (require: Require, module: Module) => void;

/** Makes a loader whose chunks share one module registry. */
export function createLoader(assets: Assets): Loader {
  const names = new Set(assets.getAssetKeys());
  const scripts = new Map<string, Script>();
  const modules = new Map<string, Module>();

  const compile = (name: string): Script => {
    // Chunks are ASCII: latin1 gives a one-byte string without decoding.
    const source = Buffer.from(assets.getRawAsset(name)).toString('latin1');
    const filename = `kubectl-nkvm/${name}`;
    const cache = `${name}.cache`;
    if (!names.has(cache)) return new Script(source, { filename });
    return new Script(source, { filename, cachedData: Buffer.from(assets.getRawAsset(cache)) });
  };

  const load = (name: string): unknown => {
    const known = modules.get(name);
    if (known !== undefined) return known.exports;
    const module: Module = { exports: {} };
    modules.set(name, module);
    try {
      const script = compile(name);
      scripts.set(name, script);
      (script.runInThisContext() as Chunk)(require, module);
    } catch (error) {
      modules.delete(name);
      throw error;
    }
    return module.exports;
  };

  const require: Require = (id) => {
    if (id.startsWith('./')) return load(id.slice(2));
    // Always through the given assets, so that the warm-up's program finds its addon as the executable's does.
    const builtin = id === 'node:sea' ? assets : process.getBuiltinModule(id);
    if (builtin !== undefined) return builtin;
    throw Object.assign(new Error(`Cannot find module '${id}'`), { code: 'MODULE_NOT_FOUND' });
  };

  return { load, scripts };
}
