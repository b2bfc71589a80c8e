/** Programs on PATH, found as kubectl and the system find them. */
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessContext } from '../context.ts';

export interface FoundProgram {
  /** Without what Windows needs at its end: `kubectl-nkvm`. */
  readonly name: string;
  readonly folder: string;
  readonly file: string;
}

/** Those that may be run and whose name begins with `start`, in the order of PATH. */
export function programsOnPath(host: ProcessContext, start: string): readonly FoundProgram[] {
  const { env, platform } = host;
  const folders = (env['PATH'] ?? '').split(platform === 'win32' ? ';' : ':').filter((one) => one !== '');
  return [...new Set(folders)].flatMap((folder) =>
    namesIn(folder).flatMap((fileName) => {
      const name = programName(host, fileName);
      const file = join(folder, fileName);
      const isOne = name?.startsWith(start) && (platform === 'win32' || isExecutable(file));
      return isOne && name !== undefined ? [{ name, folder, file }] : [];
    }),
  );
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** Undefined for what Windows does not run. */
function programName({ env, platform }: ProcessContext, fileName: string): string | undefined {
  if (platform !== 'win32') return fileName;
  const endings = (env['PATHEXT'] || '.com;.exe;.bat;.cmd').toLowerCase().split(';');
  const ending = endings.find((one) => one !== '' && fileName.toLowerCase().endsWith(one));
  return ending === undefined ? undefined : fileName.slice(0, -ending.length);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
