/**
 * Puts `kubectl_complete-nkvm` beside the plugin: kubectl looks for it on PATH when something behind `kubectl nkvm` is
 * completed. It finds the plugin by its own place, so an upgrade of the plugin needs no other one.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessContext } from '../../context.ts';
import { messageOf } from '../../domain/message-of.ts';
import { programsOnPath } from '../path-search.ts';
import { completeWord } from './hidden-words.ts';
import { InstallError } from './install-error.ts';

const mark = 'Made by `kubectl nkvm completion install`';

const posixScript = `#!/bin/sh
# ${mark}: kubectl 1.26 and newer ask it what may follow.
exec "\${0%/*}/kubectl-nkvm" ${completeWord} "$@" 2>/dev/null
`;

const windowsScript = `@rem ${mark}: kubectl 1.26 and newer ask it what may follow.\r
@"%~dp0kubectl-nkvm.exe" ${completeWord} %* 2>nul\r
`;

/** The file, which is there afterwards. Throws an InstallError. */
export function installCompletion(host: ProcessContext): string {
  const plugin = programsOnPath(host, 'kubectl-nkvm').find(({ name }) => name === 'kubectl-nkvm');
  if (plugin === undefined) {
    throw new InstallError(
      'kubectl-nkvm is in no folder of PATH: kubectl would not find what completes it either',
      'Add its folder to PATH, and run again.',
    );
  }
  const isWindows = host.platform === 'win32';
  const file = join(plugin.folder, isWindows ? 'kubectl_complete-nkvm.cmd' : 'kubectl_complete-nkvm');
  const found = contentOf(file);
  if (found !== undefined && !found.includes(mark)) {
    throw new InstallError(
      `${file} is there already, and none of ours`,
      'Look at it, remove it, and run again.',
    );
  }
  const script = isWindows ? windowsScript : posixScript;
  if (found !== script) replaceFile(file, script);
  return file;
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function replaceFile(file: string, content: string): void {
  const draft = `${file}.${crypto.randomUUID()}.new`;
  try {
    writeFileSync(draft, content, { mode: 0o755, flag: 'wx' });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw new InstallError(
      `${file} could not be written: ${messageOf(error)}`,
      'Run it as somebody who may write there, or put the plugin into a folder of your own that is on PATH.',
    );
  }
}
