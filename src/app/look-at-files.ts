/** What many paths lead to in the app's pod. */
import type { LookedAt } from '../catalog/locate-archive.ts';
import type { AppShell } from './app-shell.ts';

/** What the shell takes in one piece. */
const batchBytes = 1024 * 1024;

/** In the order of the paths. Rejects with what ended the conversation. */
export async function lookAtFiles(shell: AppShell, paths: readonly string[]): Promise<readonly LookedAt[]> {
  const found = new Map<string, LookedAt>();
  for (const payload of batchesOf(paths.filter(isAskable))) {
    const { lines } = await shell.ask({ name: 'look', payload });
    for (const line of lines) {
      const seen = seenIn(line);
      if (seen !== undefined) found.set(seen.path, seen);
    }
  }
  return paths.map((path) => ({ ...found.get(bytesOf(path)), path }));
}

/** A path is bytes there, and one character each here. */
function bytesOf(path: string): string {
  return Buffer.from(path).toString('latin1');
}

/** An answer is a line, and a question ends in NUL. */
function isAskable(path: string): boolean {
  return !/[\n\0]/.test(path);
}

function* batchesOf(paths: readonly string[]): Generator<Buffer> {
  let batch: Buffer[] = [];
  let sizeBytes = 0;
  for (const path of paths) {
    const word = Buffer.from(`${path}\0`);
    batch.push(word);
    sizeBytes += word.length;
    if (sizeBytes < batchBytes) continue;
    yield Buffer.concat(batch);
    batch = [];
    sizeBytes = 0;
  }
  if (batch.length > 0) yield Buffer.concat(batch);
}

function seenIn(line: string): LookedAt | undefined {
  const [, identity, size, type = '', path] = /^(\d+:\d+) (\d+) ([^|]*)\|(.*)$/.exec(line) ?? [];
  if (identity === undefined || path === undefined) return complaintIn(line);
  return type.startsWith('regular')
    ? { path, identity, sizeBytes: Number(size) }
    : { path, reason: 'not a file' };
}

/** What stat says of a path that it cannot look at. */
function complaintIn(line: string): LookedAt | undefined {
  const [, path, reason = ''] = /^stat: [^/]*'(\/.*)': (.*)$/.exec(line) ?? [];
  if (path === undefined) return undefined;
  return /^(No such file|Not a directory)/.test(reason) ? { path } : { path, reason };
}
