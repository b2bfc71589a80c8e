import type { Condition, Owner } from './pod.ts';
import type { PodTemplate } from './pod-template.ts';

export type WorkloadKind = 'Deployment' | 'StatefulSet';

/** A Deployment or StatefulSet: the writers that this tool stops and resumes. */
export interface Workload {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  /** Changes with every change of the spec, and with nothing else. */
  readonly specDigest: string;
  readonly replicas: number;
  readonly owner?: Owner;
  readonly annotations: Readonly<Record<string, string>>;
  /** Claims that the pod template mounts by name. */
  readonly claims: readonly string[];
  /** Names of a StatefulSet's volumeClaimTemplates. */
  readonly claimTemplates: readonly string[];
  /** What a StatefulSet does to its claims when it is scaled down. */
  readonly whenScaled?: 'Retain' | 'Delete';
  /** matchLabels and matchExpressions of the selector, as a label selector string. */
  readonly selector: string;
  readonly template: PodTemplate;
  readonly rollout: Rollout;
}

/** The part of a workload's status that `kubectl rollout status` looks at. */
export interface Rollout {
  readonly observedGeneration: number;
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly conditions: readonly Condition[];
}

export interface WorkloadRef {
  readonly kind: WorkloadKind;
  readonly name: string;
}

/** Anything else that mounts the claim, or may start a pod that does, and that this tool does not stop. */
export interface OtherWriter {
  readonly kind: string;
  readonly name: string;
  /** A command that stops it, where there is one to give. */
  readonly stopWith?: string;
}

/** `deployment/orders`: the form that kubectl prints and accepts. */
export function workloadName({ kind, name }: WorkloadRef): string {
  return `${kind.toLowerCase()}/${name}`;
}

const kinds: Readonly<Record<string, WorkloadKind>> = {
  deployment: 'Deployment',
  deployments: 'Deployment',
  deploy: 'Deployment',
  'deployment.apps': 'Deployment',
  statefulset: 'StatefulSet',
  statefulsets: 'StatefulSet',
  sts: 'StatefulSet',
  'statefulset.apps': 'StatefulSet',
};

/** `KIND/NAME` with kubectl's short names; undefined when it is not a kind that can be quiesced. */
export function parseWorkloadRef(text: string): WorkloadRef | undefined {
  const [kindText = '', name = '', ...rest] = text.split('/');
  const kind = kinds[kindText.toLowerCase()];
  return kind === undefined || name === '' || rest.length > 0 ? undefined : { kind, name };
}

/** Whether the workload's pods mount the claim, or one of its ordinals would. */
export function mountsClaim(workload: Workload, claim: string): boolean {
  if (workload.claims.includes(claim)) return true;
  return workload.claimTemplates.some((template) => {
    const prefix = `${template}-${workload.name}-`;
    return claim.startsWith(prefix) && /^\d+$/.test(claim.slice(prefix.length));
  });
}
