/** The programs that a restore pod has, found on this machine: a test of a shell script runs once with each set. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { tempFolder } from './temp-folder.ts';

export interface Toolset {
  readonly title: string;
  /** Why a test cannot run with it here. */
  readonly skip: string | false;
  /** A PATH with nothing but these programs; busybox's shell may know the others all the same. */
  readonly path: (t: TestContext) => string;
}

const folders = (process.env.PATH ?? '').split(delimiter);
const installed = (program: string) => folders.map((folder) => join(folder, program)).find(existsSync);

/** Busybox's own `programs`, and the GNU ones of a Linux machine. */
export function toolsets(programs: readonly string[]): { readonly busybox: Toolset; readonly gnu: Toolset } {
  const busybox = installed('busybox');
  const linked = (target: (program: string) => string | undefined) => (t: TestContext) => {
    const folder = tempFolder(t);
    for (const program of programs) symlinkSync(target(program) ?? program, join(folder, program));
    chmodSync(folder, 0o755);
    return folder;
  };
  return {
    busybox: {
      title: 'busybox',
      skip: busybox === undefined && 'not installed',
      path: linked(() => busybox),
    },
    gnu: {
      title: 'GNU',
      skip: process.platform !== 'linux' && 'only Linux has GNU tools',
      path: linked(installed),
    },
  };
}

export interface ShellRun {
  readonly path: string;
  readonly args: readonly string[];
  /** The user and group to run as; the test's own if absent. */
  readonly as?: number;
}

/** `sh ARGS…` with nothing in its environment but PATH. */
export function runShell({ path, args, as }: ShellRun) {
  const identity = as === undefined ? {} : { uid: as, gid: as };
  const options = { env: { PATH: path }, maxBuffer: 2 ** 26, ...identity };
  const { status, stdout, stderr } = spawnSync('sh', args, options);
  return { exitCode: status, stdout, stderr: stderr.toString() };
}
