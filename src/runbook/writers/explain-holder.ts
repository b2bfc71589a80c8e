/** Why a pod does not go: its finalizers, its node, its grace period and preStop hook, and what the cluster says of it. */
import { isStatus } from '../../cluster/connection-error.ts';
import { conditionsOf, type ObjectKind } from '../../domain/cluster-object.ts';
import { isBackupHelper, type Pod } from '../../domain/pod.ts';
import type { Run } from '../run.ts';

export interface ExplainedHolder {
  readonly summary: string;
  /** `POD: reason: message`, the last few. */
  readonly events: readonly string[];
}

const nodes: ObjectKind = { kind: 'Node', apiVersions: ['v1'], plural: 'nodes' };

export async function explainHolder(run: Run, pod: Pod): Promise<ExplainedHolder> {
  const [events, node] = await Promise.all([
    run.cluster.pods.events(pod).catch(() => []),
    nodeWords(run, pod).catch(() => undefined),
  ]);
  const why = [ownerWords(pod), finalizerWords(pod), ...endingWords(pod), node].filter(
    (words) => words !== undefined,
  );
  const state = `${pod.deleting ? 'terminating' : pod.phase} on ${pod.node ?? 'no node'}`;
  return {
    summary: `${pod.name} (${[state, ...why].join(', ')})`,
    events: events.slice(-5).map((event) => `${pod.name}: ${event}`),
  };
}

function ownerWords(pod: Pod): string | undefined {
  if (isBackupHelper(pod)) return 'an NKVM backup';
  return pod.owner && `of ${pod.owner.kind}/${pod.owner.name}`;
}

function finalizerWords({ deleting, finalizers }: Pod): string | undefined {
  return !deleting || finalizers.length === 0 ? undefined : `finalizers ${finalizers.join(' ')}`;
}

function endingWords({ deleting, gracePeriodSeconds, preStopHooks, containers }: Pod): readonly string[] {
  const isRunning = containers.some(({ state }) => state === 'running');
  if (!deleting || !isRunning) return [];
  const hooks = preStopHooks.length === 0 ? [] : [`with a preStop hook in ${preStopHooks.join(', ')}`];
  return [`its containers may take ${gracePeriodSeconds} s to end`, ...hooks];
}

/** Undefined of a node that is well. The kubelet of a lost one tells nobody that its pods have ended. */
export async function nodeWords(
  { cluster }: Run,
  { node, reason }: Pick<Pod, 'node' | 'reason'>,
): Promise<string | undefined> {
  if (node === undefined) return undefined;
  if (reason === 'NodeLost') return 'its node is lost';
  try {
    const found = await cluster.objects.read(nodes, { namespace: '', name: node });
    if (found === undefined) return 'its node is gone';
    const ready = conditionsOf(found.status).find(({ type }) => type === 'Ready');
    if (ready === undefined || ready.status === 'True') return undefined;
    return `its node is not ready: ${ready.message || ready.reason}`;
  } catch (error) {
    if (isStatus(error, 403)) return 'you may not get nodes: whether its own is lost is not known';
    throw error;
  }
}
