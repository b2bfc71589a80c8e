/**
 * Pods without an owner, which step 2 deletes and nothing brings back. Guarantees that what each of them was is on this
 * machine before it goes, in a file beside the record that only its owner may read: a pod's environment may hold secrets.
 */
import type { ClusterObject } from '../../domain/cluster-object.ts';
import { type Pod, podKind } from '../../domain/pod.ts';
import { shellWord } from '../../domain/shell-words.ts';
import { workloadName } from '../../domain/workload.ts';
import type { RestoreRecord } from '../../record/restore-record.ts';
import type { IncidentRecord } from '../incident-record.ts';
import type { Run } from '../run.ts';
import { withDeletedPod } from './recorded-stops.ts';

export interface PodManifests {
  /** Before the pod is deleted. The file it is kept in; undefined when the pod has gone by itself. */
  keep(pod: Pod): Promise<string | undefined>;
  /** It is gone, or may be, as the answer was lost. */
  onDeleted(pod: Pod, manifest: string): void;
}

export function podManifests({ cluster, reporter }: Run, record: IncidentRecord): PodManifests {
  return {
    async keep(pod) {
      const object = await cluster.objects.read(podKind, pod);
      if (object === undefined) return undefined;
      const file = await record.keepBeside(`pod-${pod.name}`, manifestOf(object));
      reporter.info(`pod/${pod.name} is kept in ${file}`);
      return file;
    },
    onDeleted(pod, manifest) {
      record.note(withDeletedPod(record.current, pod, manifest));
    },
  };
}

/** What a run that failed has deleted, and how to have it again. */
export function deletedPods({ stopped = [] }: Pick<RestoreRecord, 'stopped'>): readonly DeletedPod[] {
  return stopped.flatMap(({ kind, namespace, name, manifest }) =>
    kind !== 'Pod' || manifest === undefined
      ? []
      : { name: workloadName({ kind, name }), create: createCommand(namespace, manifest) },
  );
}

export interface DeletedPod {
  /** `pod/NAME` */
  readonly name: string;
  readonly create: string;
}

function createCommand(namespace: string, manifest: string): string {
  return `kubectl -n ${namespace} create -f ${shellWord(manifest)}`;
}

/** Without what the cluster has added, and would refuse or not choose again. */
function manifestOf({ apiVersion, kind, namespace, name, metadata, spec }: ClusterObject): object {
  const { labels, annotations } = metadata;
  const { nodeName: _, ephemeralContainers: __, ...own } = spec;
  return { apiVersion, kind, metadata: { namespace, name, labels, annotations }, spec: own };
}
