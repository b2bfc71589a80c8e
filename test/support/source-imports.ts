/** Who imports what, read by esbuild's parser: nothing in a comment or a string can pass for an import. */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Imports {
  /** Below `src/`, with `/`. */
  readonly file: string;
  /** Paths below `src/`, or names of packages. */
  readonly targets: readonly string[];
  readonly exports: readonly string[];
  /** Whether the global `process` is used. */
  readonly namesProcess: boolean;
}

const marker = 'GLOBAL_PROCESS';

/** At run time, or with what only types need. */
export async function importsOf(
  files: readonly string[],
  which: 'run-time' | 'all',
): Promise<readonly Imports[]> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [...files],
    outdir: 'unused',
    outbase: '.',
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    define: { process: marker },
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    plugins: [everyFileAlone(which)],
  });
  return Object.values(metafile.outputs).flatMap(({ entryPoint = '', exports }) => {
    const source = metafile.inputs[entryPoint];
    const output = outputFiles.find(({ path }) => path.endsWith(entryPoint.replace(/\.ts$/, '.js')));
    const targets = source?.imports.map(({ path }) => path.replace(`${root}src/`, '')) ?? [];
    const namesProcess = output?.text.includes(marker) ?? false;
    return [{ file: relative('src', entryPoint), targets, exports, namesProcess }];
  });
}

/** Nothing is followed; a relative path is made absolute. Type imports count as imports where they are wanted. */
function everyFileAlone(which: 'run-time' | 'all'): Plugin {
  return {
    name: 'every-file-alone',
    setup(builder) {
      builder.onResolve({ filter: /./ }, ({ kind, path, importer }) => {
        if (kind === 'entry-point') return { path: `${root}${path}` };
        const isRelative = path.startsWith('.');
        return {
          path: isRelative ? fileURLToPath(new URL(path, `file://${importer}`)) : path,
          external: true,
        };
      });
      builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        const contents =
          which === 'all' ? text.replace(/^(import|export) type (?=.* from |\{$|\* )/gm, '$1 ') : text;
        return { contents, loader: 'ts' };
      });
    },
  };
}
