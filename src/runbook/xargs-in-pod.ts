/**
 * One command for many paths in the restore pod, as xargs runs it. It reads batches of words that say beforehand how
 * long they are, so that no end of stdin is needed, which older servers cannot send. What it does may be run again.
 */
import { displayPath } from '../domain/archive-path.ts';
import { mountPath } from '../domain/restore-pod.ts';
import type { Run } from './run.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';

/**
 * Runs xargs with `$2`... in folder `$1` for the words of each batch; a batch of no bytes is the last. dd, because head
 * reads ahead. After a failure the rest is still read: of a program that leaves stdin, containerd never says how it
 * ended.
 */
const batchScript = `
cd "$1" || exit 70
shift
failed=0
while read -r length && [ "$length" -gt 0 ]; do
  dd bs="$length" count=1 iflag=fullblock 2>/dev/null | xargs -0 -r "$@" || failed=$?
done
exit "$failed"
`;

const batchBytes = 64 * 1024;

export interface XargsWork {
  /** As xargs takes it. */
  readonly command: readonly string[];
  /** Each of whole words that end in NUL, as latin1; what one command is about is never split. */
  readonly words: Iterable<string>;
  /** For the error: `times`. */
  readonly what: string;
}

export async function xargsInPod(
  run: Run,
  pod: RestorePod,
  { command, words, what }: XargsWork,
): Promise<void> {
  const script = ['sh', '-c', batchScript, 'nkvm-xargs', mountPath, ...command];
  const { exitCode, stderr } = await run.cluster.exec(pod, script, {
    stdin: batchesOf(words),
    signal: run.signal,
  });
  if (exitCode !== 0) throw new Error(`${what} could not be set: ${displayPath(stderr.trim())}`);
}

async function* batchesOf(words: Iterable<string>): AsyncIterable<Uint8Array> {
  let batch = '';
  const framed = (): Uint8Array => Buffer.from(`${batch.length}\n${batch}`, 'latin1');
  for (const some of words) {
    batch += some;
    if (batch.length < batchBytes) continue;
    yield framed();
    batch = '';
  }
  if (batch !== '') yield framed();
  yield Buffer.from('0\n');
}
