import { type Claim, type ClaimRef, isWritable } from '../domain/claim.ts';
import { RunbookError } from './failure-matrix.ts';
import type { Run } from './run.ts';

/** The claim, if a pod can mount it; else `claim-unusable`, naming what is there instead. */
export async function readClaim(
  { cluster, reporter }: Run,
  target: ClaimRef,
  { toWrite }: { toWrite: boolean },
): Promise<Claim> {
  const name = `persistentvolumeclaim/${target.name} in namespace ${target.namespace}`;
  const unusable = (problem: string): RunbookError =>
    new RunbookError('claim-unusable', `${name} ${problem}`);
  const claim = await cluster.claims.read(target);
  if (claim === undefined) {
    if ((await cluster.access.namespaceExists(target.namespace)) === false) {
      throw new RunbookError(
        'claim-unusable',
        `namespace ${target.namespace} does not exist in this cluster`,
      );
    }
    const names = (await cluster.claims.list(target.namespace)).map(({ name }) => name);
    throw unusable(
      `does not exist; there ${names.length === 0 ? 'are none' : `are: ${names.slice(0, 20).join(', ')}`}`,
    );
  }
  if (claim.deleting) throw unusable('is being deleted');
  if (claim.phase === 'Lost') throw unusable(`is Lost: its volume ${claim.volumeName ?? ''} is gone`);
  if (claim.volumeMode === 'Block')
    throw unusable('is a raw block volume: there is no filesystem to extract into');
  if (toWrite && !isWritable(claim))
    throw unusable(`cannot be written: its access modes are ${claim.accessModes.join(', ')}`);
  if (claim.phase === 'Pending') {
    const waits =
      claim.storageClass === undefined
        ? false
        : await cluster.claims.bindsOnFirstConsumer(claim.storageClass);
    if (waits === undefined)
      reporter.warn(
        `you may not get storageclasses: whether ${claim.name} binds when its pod comes is not known`,
      );
    if (waits === false) throw unusable('is Pending, and its class does not bind on the first consumer');
  }
  return claim;
}
