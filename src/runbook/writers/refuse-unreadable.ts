/**
 * A record of an earlier run that cannot be read: what the object had before is known to nobody but the operator, so it
 * must be neither overwritten nor left to step 2, where others are down already.
 */
import { type ClusterObject, groupOf } from '../../domain/cluster-object.ts';
import { leverOf } from '../../domain/levers.ts';
import { hasForeignRecord, recordKeys } from '../../domain/quiesce-record.ts';
import { workloadName } from '../../domain/workload.ts';
import { RunbookError } from '../failure-matrix.ts';

/** Throws `record-unreadable`, naming all of them. */
export function refuseUnreadable(objects: readonly ClusterObject[]): void {
  const unreadable = objects.filter(hasForeignRecord);
  if (unreadable.length === 0) return;
  const names = unreadable.map((one) => `${workloadName(one)} in namespace ${one.namespace}`);
  throw new RunbookError(
    'record-unreadable',
    `the nkvm.dev/ annotations are not what this tool writes, and what was there before is not known: ${names.join(', ')}`,
    { next: unreadable.flatMap(commandsFor) },
  );
}

function commandsFor(object: ClusterObject): readonly string[] {
  const { namespace, name, metadata } = object;
  const group = groupOf(object.apiVersion);
  const { plural } = leverOf(object);
  const resource = `${group === '' ? plural : `${plural}.${group}`}/${name}`;
  const there = recordKeys.filter((key) => key in metadata.annotations);
  return [
    `kubectl -n ${namespace} get ${resource} -o yaml`,
    `kubectl -n ${namespace} annotate ${resource} ${there.map((key) => `${key}-`).join(' ')}   # once it has what it had`,
  ];
}
