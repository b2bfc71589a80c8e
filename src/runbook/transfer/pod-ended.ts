/** Why the restore pod can do no more, from what the API server knows of it: then nothing is tried again. */
import type { PodRef } from '../../cluster/cluster.ts';
import { ConnectionError } from '../../cluster/connection-error.ts';
import type { ContainerStatus, Pod } from '../../domain/pod.ts';
import type { Run } from '../run.ts';

/** The pod is gone, ended, or not the one that it was. */
export class PodEnded extends Error {
  override readonly name = 'PodEnded';
}

/** Undefined while the pod may go on, or where it cannot be asked just now. */
export async function podEnded({ cluster }: Run, pod: PodRef): Promise<PodEnded | undefined> {
  let found: Pod | undefined;
  try {
    found = await cluster.pods.read(pod);
  } catch (error) {
    if (error instanceof ConnectionError && error.passing) return undefined;
    throw error;
  }
  const why = found === undefined ? 'is gone: something deleted it' : howEnded(found);
  return why === undefined ? undefined : new PodEnded(`pod/${pod.name} ${why}`);
}

function howEnded(pod: Pod): string | undefined {
  if (pod.phase === 'Failed' || pod.phase === 'Succeeded') {
    const ends = pod.containers.map(endOf);
    return `ended (${pod.phase})${listed([disruptionOf(pod), pod.reason, pod.message, ...ends], '; ')}`;
  }
  if (pod.deleting) return `is being deleted${listed([disruptionOf(pod)], '; ')}`;
  const ended = pod.containers.find(({ state, restarts }) => state === 'terminated' || restarts > 0);
  if (ended === undefined) return undefined;
  const what = ended.restarts > 0 ? 'was restarted' : 'ended';
  return `lost what it had: its ${endOf(ended) ?? `container ${ended.name}`} ${what}`;
}

/** Why the cluster itself ends it: an eviction, a tainted node, a preemption. */
function disruptionOf({ conditions }: Pod): string | undefined {
  const found = conditions.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True');
  return found && joined([found.reason, found.message], ', ');
}

function endOf({ name, reason, message }: ContainerStatus): string | undefined {
  const said = joined([reason, message], ', ');
  return said === '' ? undefined : `container ${name} (${said})`;
}

function listed(texts: readonly (string | undefined)[], separator: string): string {
  const said = joined(texts, separator);
  return said === '' ? '' : `: ${said}`;
}

function joined(texts: readonly (string | undefined)[], separator: string): string {
  return texts.filter((text) => text !== undefined).join(separator);
}
