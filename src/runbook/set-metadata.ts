/**
 * What busybox tar leaves wrong on the volume, set afterwards from the manifest, in the restore pod. Each command reads
 * batches of words that say beforehand how long they are, so that no end of stdin is needed; all of it may be run again.
 */
import type { Manifest } from '../archive/manifest.ts';
import type { Member } from '../domain/member.ts';
import { mountPath } from '../domain/restore-pod.ts';
import type { Run } from './run.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';

/**
 * Runs xargs with `$2`... in folder `$1` for the words of each batch; a batch of no bytes is the last. dd, because head
 * reads ahead. After a failure the rest is still read: of a program that leaves stdin, containerd never says how it ended.
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

/** busybox tar gives no symlink its owner. One command for each owner: a process for each link would take minutes. */
export async function setLinkOwners(run: Run, pod: RestorePod, manifest: Manifest): Promise<void> {
  const owners = new Set<string>();
  for (const member of manifest.members()) if (member.type === 'symlink') owners.add(ownerOf(member));
  for (const owner of owners)
    await forEach(run, pod, {
      command: ['chown', '-h', owner],
      words: linksOf(manifest, owner),
      what: 'owners of links',
    });
}

/** The times that busybox tar loses: of every symlink, and of every directory that has members. */
export async function setTimes(run: Run, pod: RestorePod, manifest: Manifest): Promise<void> {
  await forEach(run, pod, { command: ['-n', '3', 'touch', '-h'], words: timesOf(manifest), what: 'times' });
  const sync = 'sync -f "$1" 2>/dev/null || sync';
  await run.cluster.exec(pod, ['sh', '-c', sync, 'nkvm-sync', mountPath], { signal: run.signal });
}

interface Batches {
  /** As xargs takes it. */
  readonly command: readonly string[];
  /** Each of whole words that end in NUL, as latin1; what one command is about is never split. */
  readonly words: Iterable<string>;
  readonly what: string;
}

async function forEach(run: Run, pod: RestorePod, { command, words, what }: Batches): Promise<void> {
  const script = ['sh', '-c', batchScript, 'nkvm-metadata', mountPath, ...command];
  const result = await run.cluster.exec(pod, script, { stdin: batchesOf(words), signal: run.signal });
  if (result.exitCode !== 0) throw new Error(`${what} could not be set: ${result.stderr.trim()}`);
}

async function* batchesOf(words: Iterable<string>): AsyncIterable<Uint8Array> {
  let batch = '';
  const framed = (): Uint8Array => Buffer.from(`${batch.length}\n${batch}`, 'latin1');
  for (const some of words) {
    batch += some;
    if (batch.length < 64 * 1024) continue;
    yield framed();
    batch = '';
  }
  if (batch !== '') yield framed();
  yield Buffer.from('0\n');
}

function ownerOf({ uid, gid }: Member): string {
  return `${uid}:${gid}`;
}

function* linksOf(manifest: Manifest, owner: string): Iterable<string> {
  for (const member of manifest.members())
    if (member.type === 'symlink' && ownerOf(member) === owner) yield `./${member.path}\0`;
}

function* timesOf(manifest: Manifest): Iterable<string> {
  for (const { path, type, mtimeSeconds } of manifest.members())
    if (type === 'symlink' || type === 'directory') yield `-d\0@${mtimeSeconds}\0./${path}\0`;
}
