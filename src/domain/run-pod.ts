/**
 * What the pods of this tool have in common, as JSON: each lives as long as its run, fits a namespace with quotas, ends
 * at once when it is deleted, and mounts no service-account token.
 */
import type { ClaimRef } from './claim.ts';
import { annotations, component, labels, nkvmName } from './names.ts';
import type { PodIdentity } from './pod-identity.ts';
import { type Placement, placementFields } from './pod-placement.ts';
import { leaseFile, leaseFolder, leaseSeconds, podCommand, workFolder } from './pod-process.ts';
import { containerSecurity, type PodPurpose, podSecurity } from './pod-security.ts';
import type { RunId } from './run.ts';

/** So that no node's disk fills up and no file of a run outlives its pod. */
const inMemory = { medium: 'Memory', sizeLimit: '64Mi' };
const containerName = 'restore-helper';
const longestRunSeconds = 7 * 24 * 3600;

export interface RunPodSpec {
  readonly run: RunId;
  readonly claim: ClaimRef & { readonly uid: string };
  readonly image: string;
  readonly purpose: PodPurpose;
  readonly identity: PodIdentity;
  readonly placement: Placement;
  readonly heartbeat: Date;
  readonly operator: string;
  /** How long the pod outlives the last heartbeat; default 180. */
  readonly leaseSeconds?: number;
}

/** As Kubernetes has them. */
export interface RunPodVolumes {
  readonly volumes: readonly object[];
  readonly volumeMounts: readonly object[];
  /** More fields of the container. */
  readonly container?: object;
}

const heartbeatFile = {
  path: leaseFile,
  fieldRef: { fieldPath: `metadata.annotations['${annotations.heartbeat}']` },
};

export function runPodName(purpose: PodPurpose, run: RunId): string {
  return `nkvm-${purpose}-${run}`;
}

export function runPod(
  spec: RunPodSpec,
  { volumes, volumeMounts, container = {} }: RunPodVolumes,
): Readonly<Record<string, unknown>> {
  const { identity, placement, purpose } = spec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadataOf(spec),
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 2,
      // The outermost bound, whatever else fails.
      activeDeadlineSeconds: longestRunSeconds,
      ...placementFields(placement),
      securityContext: podSecurity(identity, purpose),
      containers: [
        {
          name: containerName,
          image: spec.image,
          imagePullPolicy: 'IfNotPresent',
          command: podCommand(spec.leaseSeconds ?? leaseSeconds),
          resources: {
            requests: { cpu: '100m', memory: '64Mi' },
            limits: { cpu: '2', memory: '512Mi' },
          },
          securityContext: containerSecurity(identity, purpose),
          env: [{ name: 'TMPDIR', value: workFolder }],
          volumeMounts: [
            ...volumeMounts,
            { name: 'work', mountPath: workFolder },
            { name: 'scratch', mountPath: '/tmp' },
            { name: 'lease', mountPath: leaseFolder, readOnly: true },
          ],
          ...container,
        },
      ],
      volumes: [
        ...volumes,
        { name: 'work', emptyDir: inMemory },
        // The root filesystem is read-only: scripts of --check may need a place.
        { name: 'scratch', emptyDir: inMemory },
        { name: 'lease', downwardAPI: { items: [heartbeatFile] } },
      ],
    },
  };
}

function metadataOf({ run, claim, purpose, heartbeat, operator }: RunPodSpec): object {
  return {
    name: runPodName(purpose, run),
    namespace: claim.namespace,
    labels: {
      [labels.name]: nkvmName,
      [labels.component]: component[purpose],
      [labels.run]: run,
      [labels.claimUid]: claim.uid,
    },
    annotations: {
      [annotations.claim]: claim.name,
      [annotations.heartbeat]: heartbeat.toISOString(),
      [annotations.operator]: operator,
      'sidecar.istio.io/inject': 'false',
      'karpenter.sh/do-not-disrupt': 'true',
      'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
    },
  };
}
