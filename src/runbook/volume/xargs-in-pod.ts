/**
 * One command for many paths in the restore pod, as xargs runs it. It reads batches of words that say beforehand how
 * long they are, so that no end of stdin is needed, which older servers cannot send. What it does may be run again.
 */
import { displayPath } from '../../domain/archive-path.ts';
import { mountPath } from '../../domain/restore-pod.ts';
import type { Run } from '../run.ts';
import type { RestorePod } from '../step3-create-restore-pod.ts';

/**
 * Runs xargs with `$2`... in folder `$1` for each batch, which says beforehand how many bytes its words have, and what
 * word the command takes before them; a batch of no bytes is the last. dd, because head reads ahead. After a failure the
 * rest is still read: of a program that leaves stdin, containerd never says how it ended.
 */
const batchScript = `
cd "$1" || exit 70
shift
failed=0
while read -r length group && [ "$length" -gt 0 ]; do
  dd bs="$length" count=1 iflag=fullblock 2>/dev/null | xargs -0 -r "$@" \${group:+"$group"} || failed=$?
done
exit "$failed"
`;

/** A process for each path would take minutes, and so would one for each small batch. */
const batchBytes = 64 * 1024;
/** What waits in batches that are not full: bounds memory, however many groups there are. */
const waitingBytes = 4 * 1024 * 1024;

export interface XargsItem {
  /** The word that the command takes before the others, if any: without spaces. */
  readonly group?: string;
  /** Each ends in NUL, as latin1. */
  readonly words: string;
}

export interface XargsWork {
  /** As xargs takes it. */
  readonly command: readonly string[];
  readonly items: Iterable<XargsItem>;
  /** For the error: `times`. */
  readonly what: string;
}

export async function xargsInPod(
  run: Run,
  pod: RestorePod,
  { command, items, what }: XargsWork,
): Promise<void> {
  const script = ['sh', '-c', batchScript, 'nkvm-xargs', mountPath, ...command];
  const { exitCode, stderr } = await run.cluster.exec(pod, script, {
    stdin: framesOf(items),
    signal: run.signal,
  });
  if (exitCode !== 0) throw new Error(`${what} could not be set: ${displayPath(stderr.trim())}`);
}

async function* framesOf(items: Iterable<XargsItem>): AsyncIterable<Uint8Array> {
  for (const [group, words] of batchesOf(items))
    yield Buffer.from(`${words.length} ${group}\n${words}`, 'latin1');
  yield Buffer.from('0\n');
}

/** In one pass over the items, whatever the order of their groups. */
export function* batchesOf(items: Iterable<XargsItem>): Generator<readonly [group: string, words: string]> {
  const waiting = new Map<string, string>();
  let total = 0;
  for (const { group = '', words } of items) {
    const batch = (waiting.get(group) ?? '') + words;
    total += words.length;
    if (batch.length < batchBytes) waiting.set(group, batch);
    else {
      yield [group, batch];
      waiting.delete(group);
      total -= batch.length;
    }
    if (total < waitingBytes) continue;
    yield* waiting;
    waiting.clear();
    total = 0;
  }
  yield* waiting;
}
