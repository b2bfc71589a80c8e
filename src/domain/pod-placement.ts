/**
 * Where the restore pod may run, and how its image is pulled: as the workload's pods. The scheduler decides, always.
 */
import type { PodTemplate } from './pod-template.ts';

export interface Placement {
  readonly template?: PodTemplate;
  /** The node of a pod that has a ReadWriteOnce volume now: no other node can mount it. */
  readonly requiredNode?: string;
  /** The node of a pod that had the volume until the writers stopped: it is attached there. */
  readonly preferredNode?: string;
}

/** Fields of a pod's spec. */
export function placementFields({ template, requiredNode, preferredNode }: Placement): object {
  const { tolerations = [], nodeSelector = {}, pullSecrets = [] } = template ?? {};
  return {
    ...(tolerations.length > 0 && { tolerations }),
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
    ...affinity(requiredNode, preferredNode),
  };
}

function affinity(requiredNode: string | undefined, preferredNode: string | undefined): object {
  if (requiredNode !== undefined) {
    const nodeSelectorTerms = [onNode(requiredNode)];
    return nodeAffinity({ requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } });
  }
  if (preferredNode === undefined) return {};
  const preferred = [{ weight: 100, preference: onNode(preferredNode) }];
  return nodeAffinity({ preferredDuringSchedulingIgnoredDuringExecution: preferred });
}

function nodeAffinity(rules: object): object {
  return { affinity: { nodeAffinity: rules } };
}

function onNode(node: string): object {
  return { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] };
}
