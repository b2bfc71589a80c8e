// Bundles a program into chunks that chunk-loader.ts can run: one for the entry, one for each import(), and one for
// what several of them share, so that no module exists twice and `instanceof` holds across chunks.
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin, transform } from 'esbuild';

// Identifiers keep their names: a stack trace stays readable, at no cost when the program starts.
const output = {
  platform: 'node',
  target: 'node24',
  charset: 'ascii',
  legalComments: 'none',
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

// What has no meaning in a chunk stops the build instead of failing at run time.
const chunkOutput = {
  ...output,
  format: 'cjs',
  supported: { 'dynamic-import': false },
  logOverride: { 'empty-import-meta': 'error' },
} as const;

/** Bundles the boot file into one CommonJS script. */
export async function bundleBoot(entry: string, file: string): Promise<void> {
  await build({ ...output, entryPoints: [entry], outfile: file, bundle: true, format: 'cjs' });
}

/** Bundles `entry` into `folder` as `main.js` and its chunks. Gives for each the files of which something is in it. */
export async function bundleChunks(
  entry: string,
  folder: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { outputFiles, metafile } = await bundle(entry, folder);
  for (const { path, text } of outputFiles) {
    const { code } = await transform(text, { ...chunkOutput, sourcefile: basename(path) });
    writeFileSync(path, `(function(require,module){${code}})`);
  }
  return filesOf(metafile);
}

/** The files of which something is in the bundle, from the checkout's root. */
export async function bundledFiles(entry: string): Promise<readonly string[]> {
  const { metafile } = await bundle(entry, 'unused');
  return [...filesOf(metafile).values()].flat();
}

function filesOf({ outputs }: Metafile): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(outputs).map(([path, { inputs }]) => {
      const used = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
      return [basename(path), used.map(([file]) => file)];
    }),
  );
}

function bundle(entry: string, folder: string) {
  return build({
    ...output,
    absWorkingDir: join(import.meta.dirname, '..', '..'),
    entryPoints: { main: entry },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    write: false,
    metafile: true,
    plugins: [withoutOwnContext, onlyWhatIsUsed],
  });
}

/**
 * As it is loaded, clipanion opens all three streams and asks what colours there are, for a context of which nothing is
 * used here: that is a tenth of the time that a start takes.
 */
const withoutOwnContext: Plugin = {
  name: 'without-own-context',
  setup(builder) {
    builder.onLoad({ filter: /clipanion.lib.advanced.Cli\.m?js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const contents = text
        .replace(/Cli\.defaultContext = \{[^}]*\};/, 'Cli.defaultContext = { colorDepth: 1 };')
        .replace("require('../platform')", '{}');
      if (/process\.std|platform'\)/.test(contents))
        throw new Error(`${path} is not as it was: it opens streams`);
      return { contents };
    });
  },
};

/**
 * client-node's package does not say that its files do nothing when they are loaded, so each would bring along all that it
 * names, used or not. And its default HTTP client, undici, is a third of it all: requests have a transport of their own.
 */
const onlyWhatIsUsed: Plugin = {
  name: 'only-what-is-used',
  setup(builder) {
    builder.onResolve({ filter: /./ }, async ({ path, pluginData, ...options }) => {
      const isOfClient =
        path === '@kubernetes/client-node' || /[\\/]@kubernetes[\\/]client-node[\\/]/.test(options.importer);
      if (!isOfClient || pluginData === 'resolved') return undefined;
      const found = await builder.resolve(path, { ...options, pluginData: 'resolved' });
      return found.external ? found : { ...found, sideEffects: false };
    });
    // Hundreds of models would make their lists of fields as they are loaded; a few are asked for theirs.
    builder.onLoad({ filter: /client-node.dist.gen.models.V\d\w+\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const [made = '', fields] = /\w+\.attributeTypeMap = (\[.*?\]);\n/s.exec(text) ?? [];
      const asked = /return (\w+\.attributeTypeMap);/;
      if (fields === undefined || !asked.test(text)) throw new Error(`${path} is not as it was`);
      return {
        contents: text.replace(made, '').replace(asked, (_, list) => `return ${list} ??= ${fields};`),
      };
    });
    builder.onLoad({ filter: /client-node.dist.gen.http.isomorphic-fetch\.js$/ }, () => ({
      contents: 'export class IsomorphicFetchHttpLibrary {}',
    }));
  },
};
