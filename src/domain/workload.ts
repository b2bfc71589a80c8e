import { annotations } from './names.ts';
import type { Condition, Owner } from './pod.ts';
import { parseRunId, type RunId } from './run.ts';

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

/** What a run wrote on a workload in the patch that scaled it to 0, and has not taken back. */
export interface QuiesceRecord {
  readonly run: RunId;
  readonly claim: string;
  readonly replicas: number;
  readonly whenScaled?: 'Retain' | 'Delete';
  /** Set on a held workload. */
  readonly heldSpec?: string;
  readonly heldArchive?: string;
  readonly heldChecksum?: string;
}

const maxReplicas = 1_000_000;

/** Undefined when there is none, or when what is there is not what this tool writes. */
export function quiesceRecord(workload: Workload): QuiesceRecord | undefined {
  const values = workload.annotations;
  const run = parseRunId(values[annotations.run]);
  const replicas = parseCount(values[annotations.replicas], maxReplicas);
  if (run === undefined || replicas === undefined) return undefined;
  const whenScaled = values[annotations.whenScaled];
  const heldSpec = values[annotations.heldSpec];
  const heldArchive = values[annotations.heldArchive];
  const heldChecksum = values[annotations.heldChecksum];
  return {
    run,
    claim: values[annotations.claim] ?? '',
    replicas,
    ...((whenScaled === 'Retain' || whenScaled === 'Delete') && { whenScaled }),
    ...(heldSpec !== undefined && { heldSpec: heldSpec.slice(0, 64) }),
    ...(heldArchive !== undefined && { heldArchive: heldArchive.slice(0, 4096) }),
    ...(heldChecksum !== undefined && /^[0-9a-f]{64}$/.test(heldChecksum) && { heldChecksum }),
  };
}

function parseCount(text: string | undefined, max: number): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const count = Number(text);
  return count <= max ? count : undefined;
}
