import type { ClusterObject } from '../../domain/cluster-object.ts';
import { withoutOurs } from '../../domain/field-owners.ts';
import { messageOf } from '../../domain/message-of.ts';
import { workloadName } from '../../domain/workload.ts';
import type { Run } from '../run.ts';
import { patchFresh } from './patch-object.ts';

/**
 * Leaves the fields of an object that was given back to those who apply it. Never throws: what stays is a conflict that
 * they are told of, and nothing of the object itself.
 */
export async function giveUpFields(run: Run, object: ClusterObject): Promise<void> {
  if (withoutOurs(object) === undefined) return;
  try {
    await patchFresh(run, object, (now) => ({
      metadata: { managedFields: withoutOurs(now) ?? now.metadata.managedFields },
    }));
  } catch (error) {
    run.reporter.warn(
      `${workloadName(object)}: who applies it server-side may meet a conflict with kubectl-nkvm: ${messageOf(error)}`,
    );
  }
}
