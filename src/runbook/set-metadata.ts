/** What busybox tar leaves wrong on the volume, set afterwards from the manifest, in the restore pod. */
import type { Manifest } from '../archive/manifest.ts';
import type { Member } from '../domain/member.ts';
import { mountPath } from '../domain/restore-pod.ts';
import type { Run } from './run.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';

/** busybox tar gives no symlink its owner. One command for each owner: a process for each link would take minutes. */
export async function setLinkOwners(run: Run, pod: RestorePod, manifest: Manifest): Promise<void> {
  const owners = new Set<string>();
  for (const member of manifest.members()) if (member.type === 'symlink') owners.add(ownerOf(member));
  const script = 'cd "$1" && xargs -0 -r chown -h "$2"';
  for (const owner of owners) {
    const result = await run.cluster.exec(pod, ['sh', '-c', script, 'nkvm-owners', mountPath, owner], {
      stdin: linksOf(manifest, owner),
      signal: run.signal,
    });
    if (result.exitCode !== 0) throw new Error(`owners of links could not be set: ${result.stderr.trim()}`);
  }
}

function ownerOf({ uid, gid }: Member): string {
  return `${uid}:${gid}`;
}

async function* linksOf(manifest: Manifest, owner: string): AsyncIterable<Uint8Array> {
  let batch = '';
  for (const member of manifest.members()) {
    if (member.type !== 'symlink' || ownerOf(member) !== owner) continue;
    batch += `./${member.path}\0`;
    if (batch.length < 64 * 1024) continue;
    yield Buffer.from(batch, 'latin1');
    batch = '';
  }
  yield Buffer.from(batch, 'latin1');
}

/** The times that busybox tar loses: of every symlink, and of every directory that has members. */
export async function setTimes(run: Run, pod: RestorePod, manifest: Manifest): Promise<void> {
  const script = 'cd "$1" && xargs -0 -r -n 3 touch -h && { sync -f . 2>/dev/null || sync; }';
  const result = await run.cluster.exec(pod, ['sh', '-c', script, 'nkvm-times', mountPath], {
    stdin: timesOf(manifest),
    signal: run.signal,
  });
  if (result.exitCode !== 0) throw new Error(`times could not be set: ${result.stderr.trim()}`);
}

async function* timesOf(manifest: Manifest): AsyncIterable<Uint8Array> {
  let batch = '';
  for (const { path, type, mtimeSeconds } of manifest.members()) {
    if (type !== 'symlink' && type !== 'directory') continue;
    batch += `-d\0@${mtimeSeconds}\0./${path}\0`;
    if (batch.length < 64 * 1024) continue;
    yield Buffer.from(batch, 'latin1');
    batch = '';
  }
  yield Buffer.from(batch, 'latin1');
}
