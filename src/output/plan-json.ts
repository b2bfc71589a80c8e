/** The answer of `restore --dry-run -o json|yaml`: the plan as data. */
import { quiesceRecord } from '../domain/quiesce-record.ts';
import { recordedOwnership } from '../record/recorded-ownership.ts';
import { landingJson } from './plan-landing.ts';
import type { PlanParts } from './plan-text.ts';

export function planJson(
  { run, cluster, request, target, shape, archive, losses, safety, merge }: PlanParts,
  server: readonly string[],
) {
  const { claim, workloads, lingering, warnings } = target;
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
    workloads: workloads.map((workload) => {
      const record = quiesceRecord(workload);
      const recorded = record?.replicas ?? workload.replicas;
      return {
        kind: workload.kind,
        name: workload.name,
        replicas: workload.replicas,
        resumeTo: request.replicas ?? recorded,
        ...(record !== undefined && { takenOverFrom: record.run }),
      };
    }),
    ...(safety !== undefined && { safety }),
    wipe: request.wipe,
    ownership: recordedOwnership(request.owners, shape, losses),
    waitsForPods: lingering.map(({ name }) => name),
    warnings,
    ...(server.length > 0 && { serverSays: server }),
  };
}
