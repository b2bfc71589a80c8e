/** What says that a writer is back: a pod that has the claim, or an object that is no longer as step 2 left it. */
import { type ClusterObject, list, objectOf, text, valueAt, within } from './cluster-object.ts';
import { fieldsOf, isStopped } from './field-values.ts';
import { lastWriter } from './last-writer.ts';
import { annotations, component, labels, nkvmName } from './names.ts';
import { workloadName } from './workload.ts';

/** `writer`, or an NKVM backup, which only reads; undefined for a pod that leaves the claim as it is. */
export function podWith(claim: string, run: string, pod: ClusterObject): 'writer' | 'backup' | undefined {
  const { phase } = pod.status;
  const of = pod.metadata.labels;
  const isOurs = of[labels.name] === nkvmName;
  const isReading = [component.verify, component.read].some((one) => of[labels.component] === one);
  if (!claimsOf(pod).includes(claim) || phase === 'Succeeded' || phase === 'Failed') return undefined;
  if (of[labels.run] === run || (isOurs && isReading)) return undefined;
  return isOurs && of[labels.component] === component.backup ? 'backup' : 'writer';
}

function claimsOf(pod: ClusterObject): readonly string[] {
  return list(valueAt(pod, ['spec', 'volumes'])).map((volume) => {
    const isEphemeral = within(volume, ['ephemeral']) !== undefined;
    return isEphemeral
      ? `${pod.name}-${text(objectOf(volume)['name'])}`
      : text(within(volume, ['persistentVolumeClaim', 'claimName']));
  });
}

/**
 * `deployment/web was put back: spec.replicas is 2 again, by kubectl (Update of scale)`; undefined while the object is
 * stopped. `run`: the one that stopped it, whose record is on it unless somebody has taken that off too.
 */
export function putBack(object: ClusterObject, run: string): string | undefined {
  const [deciding] = fieldsOf(object);
  if (deciding === undefined || isStopped(object)) return undefined;
  const { field, value } = deciding;
  const isRecordGone = object.metadata.annotations[annotations.run] !== run;
  const by =
    value === null && isRecordGone
      ? 'another run of this tool, or whoever took its record off'
      : (lastWriter(object, field.path) ?? 'somebody');
  return `${workloadName(object)} was put back: ${field.path.join('.')} is ${JSON.stringify(value)} again, by ${by}`;
}
