/** Where the restore pod may run, and how its image is pulled: as the workload's pods. The scheduler decides, always. */
import type { PodTemplate } from './pod-template.ts';

export interface Placement {
  readonly template?: PodTemplate;
  /** The node of a pod that has a ReadWriteOnce volume now: no other node can mount it. */
  readonly requiredNode?: string;
}

/** Fields of a pod's spec. */
export function placementFields({ template, requiredNode }: Placement): object {
  const { tolerations = [], nodeSelector = {}, pullSecrets = [] } = template ?? {};
  return {
    ...(tolerations.length > 0 && { tolerations }),
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
    ...(requiredNode !== undefined && { affinity: onNode(requiredNode) }),
  };
}

function onNode(node: string): object {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [node] }];
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
    },
  };
}
