/**
 * Can the safety copy be made? Asked before step 2, while the writers still run; before the approval it only reads.
 * Whatever else may go wrong goes wrong in step 4, before the first byte, and then the writers get back what they had.
 */
import { access, constants, lstat, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Claim } from '../../domain/claim.ts';
import { messageOf } from '../../domain/message-of.ts';
import {
  chooseSnapshotClass,
  type PlannedSafety,
  type PlannedSnapshot,
  type Safety,
} from '../../domain/safety.ts';
import { formatBytes } from '../../domain/size.ts';
import { tryOwnFolder } from '../../record/own-folder.ts';
import { RunbookError } from '../failure-matrix.ts';
import { missingPermissions, snapshotPermissions } from '../permissions.ts';
import type { Run } from '../run.ts';
import { volumeRoom } from '../volume/volume-room.ts';

/** Throws `safety-impossible` or `permission-missing`; what stops nothing is a warning. */
export async function checkSafety(run: Run, claim: Claim, safety: Safety): Promise<PlannedSafety> {
  if (safety.kind === 'snapshot') return checkSnapshot(run, claim, safety.timeoutSeconds);
  if (safety.kind === 'archive') await checkFolder(run, claim, safety.folder);
  return safety;
}

/** After the approval, before step 2: throws `safety-impossible` where no copy could be written. */
export async function prepareSafety(safety: PlannedSafety): Promise<void> {
  if (safety.kind !== 'archive') return;
  await tryOwnFolder(safety.folder).catch((cause: unknown) => {
    throw unwritable(safety.folder, cause);
  });
}

export function snapshotName({ id }: Pick<Run, 'id'>): string {
  return `nkvm-${id}`;
}

async function checkSnapshot(run: Run, claim: Claim, timeoutSeconds: number): Promise<PlannedSnapshot> {
  const { snapshots } = run.cluster;
  if (!(await snapshots.isServed()))
    throw impossible('this cluster has no VolumeSnapshot API (snapshot.storage.k8s.io/v1)');
  const missing = await missingPermissions(run.cluster, claim.namespace, snapshotPermissions);
  if (missing.length > 0) {
    throw new RunbookError(
      'permission-missing',
      `in namespace ${claim.namespace} you may not: ${missing.join(', ')}`,
    );
  }
  if (claim.phase !== 'Bound')
    throw impossible(
      `persistentvolumeclaim/${claim.name} is ${claim.phase}: it has no volume to make one of`,
    );
  const className = await classFor(run, claim);
  return {
    kind: 'snapshot',
    name: snapshotName(run),
    timeoutSeconds,
    ...(className !== undefined && { className }),
  };
}

async function classFor({ cluster, reporter }: Run, claim: Claim): Promise<string | undefined> {
  const [driver, classes] = await Promise.all([
    cluster.snapshots.driverOf(claim),
    cluster.snapshots.classes(),
  ]);
  if (driver === null)
    throw impossible(
      `the volume of persistentvolumeclaim/${claim.name} is of no CSI driver: it has no snapshots`,
    );
  if (driver === undefined || classes === undefined) {
    const unseen = classes === undefined ? 'list volumesnapshotclasses' : 'get persistentvolumes';
    reporter.warn(
      `you may not ${unseen}: the snapshot is left to the cluster's default class, if it has one`,
    );
    return undefined;
  }
  try {
    return chooseSnapshotClass(driver, classes).name;
  } catch (error) {
    throw impossible(messageOf(error));
  }
}

/** A folder that is not there yet is made after the approval, so the first one above it that is there has to be writable. */
async function checkFolder(run: Run, claim: Claim, folder: string): Promise<void> {
  const there = await nearestFolder(folder);
  try {
    if (!(await stat(there)).isDirectory()) throw new Error(`${there} is not a folder`);
    await access(there, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unwritable(folder, cause);
  }
  const [{ bavail, bsize }, room] = await Promise.all([statfs(there), volumeRoom(run, claim)]);
  const freeBytes = bavail * bsize;
  if (room === undefined || room.usedBytes <= freeBytes) return;
  run.reporter.warn(
    `${folder} has ${formatBytes(freeBytes)} free, the volume's filesystem has ${formatBytes(room.usedBytes)} in use: the safety copy may not fit`,
  );
}

async function nearestFolder(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    // A link to nowhere is there, and no folder can be made in its place.
    const isThere = await lstat(at).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
    );
    if (isThere || at === dirname(at)) return at;
  }
}

function unwritable(folder: string, cause: unknown): RunbookError {
  return impossible(`the safety copy cannot be written to ${folder}: ${messageOf(cause)}`, cause);
}

function impossible(message: string, cause?: unknown): RunbookError {
  return new RunbookError('safety-impossible', message, { cause });
}
