/** The answer of `restore --dry-run -o json|yaml`: the plan as data. */
import type { ClusterObject } from '../domain/cluster-object.ts';
import { earlierOf, replicasFor } from '../domain/earlier-state.ts';
import { fieldsOf, isStopped, replicasIn } from '../domain/field-values.ts';
import { quiesceRecord } from '../domain/quiesce-record.ts';
import { recordedOwnership } from '../record/recorded-ownership.ts';
import { landingJson } from './plan-landing.ts';
import type { PlanParts } from './plan-text.ts';

export function planJson(
  { run, cluster, request, target, shape, archive, losses, safety, merge }: PlanParts,
  server: readonly string[],
) {
  const { claim, lingering, notes, warnings } = target;
  const { backup } = request.archive;
  const backedUpUid = backup?.pvcUid;
  return {
    apiVersion: 'nkvm.dev/v1',
    kind: 'RestorePlan',
    run,
    cluster: { context: cluster.context, name: cluster.cluster, server: cluster.server },
    claim: {
      namespace: claim.namespace,
      name: claim.name,
      uid: claim.uid,
      phase: claim.phase,
      ...(backedUpUid !== undefined && { backedUpUid, sameClaim: backedUpUid === claim.uid }),
    },
    ...(backup !== undefined &&
      backup.catalog !== '' && { backup: { id: backup.id, createdAt: backup.createdAt } }),
    archive: {
      path: archive.source.path,
      sha256: archive.inspection.sha256,
      sizeBytes: archive.source.sizeBytes,
      members: archive.inspection.members,
      contentBytes: archive.inspection.contentBytes,
      vouched: archive.vouched,
    },
    ...landingJson({ archive, ...(merge && { merge }) }),
    workloads: target.stops.flatMap(
      (object) =>
        planned(object, replicasFor(object, { stops: target.stops, replicas: request.replicas })) ?? [],
    ),
    stops: target.stops.flatMap((object) => {
      const { kind, namespace, name } = object;
      const record = quiesceRecord(object);
      if (replicasIn(fieldsOf(object)) !== undefined) return [];
      const takenOver = record !== undefined && { takenOverFrom: record.run };
      return { kind, namespace, name, isStopped: isStopped(object), ...takenOver };
    }),
    deletesPods: target.barePods.map(({ name }) => name),
    ...(safety !== undefined && { safety }),
    wipe: request.wipe,
    ownership: recordedOwnership(request.owners, shape, losses),
    waitsForPods: lingering.map(({ name }) => name),
    notes,
    warnings,
    ...(server.length > 0 && { serverSays: server }),
  };
}

function planned(object: ClusterObject, resumeTo: number | undefined) {
  const replicas = replicasIn(fieldsOf(object));
  if (replicas === undefined) return undefined;
  const { kind, name } = object;
  const record = quiesceRecord(object);
  const recorded = replicasIn(earlierOf(object));
  const takenOver = record !== undefined && { takenOverFrom: record.run };
  return { kind, name, replicas, resumeTo: resumeTo ?? recorded, ...takenOver };
}
