/**
 * The restore pod of runbook step 3, as JSON. It differs from the runbook's in what the runbook lacks: it lives as
 * long as its run, fits a namespace with quotas, ends at once when it is deleted, and mounts no service-account token.
 */
import type { ClaimRef } from './claim.ts';
import { annotations, component, labels, nkvmName } from './names.ts';
import { leaseFile, leaseFolder, leaseSeconds, podCommand, workFolder } from './pod-process.ts';
import type { RunId } from './run.ts';

export const mountPath = '/restore';
export const containerName = 'restore-helper';
const longestRunSeconds = 7 * 24 * 3600;

export interface RestorePodSpec {
  readonly run: RunId;
  readonly claim: ClaimRef & { readonly uid: string };
  readonly image: string;
  /** `verify` mounts the claim read-only, beside a running workload. */
  readonly purpose: 'restore' | 'verify';
  readonly heartbeat: Date;
  readonly operator: string;
  /** How long the pod outlives the last heartbeat; default 180. */
  readonly leaseSeconds?: number;
  /** The node that holds a ReadWriteOnce volume; chosen by affinity, so that the scheduler still decides. */
  readonly node?: string;
}

export function restorePodName(purpose: RestorePodSpec['purpose'], run: RunId): string {
  return `nkvm-${purpose}-${run}`;
}

export function restorePod(spec: RestorePodSpec): Readonly<Record<string, unknown>> {
  const readOnly = spec.purpose === 'verify';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: restorePodName(spec.purpose, spec.run),
      namespace: spec.claim.namespace,
      labels: {
        [labels.name]: nkvmName,
        [labels.component]: component[spec.purpose],
        [labels.run]: spec.run,
        [labels.claimUid]: spec.claim.uid,
      },
      annotations: {
        [annotations.claim]: spec.claim.name,
        [annotations.heartbeat]: spec.heartbeat.toISOString(),
        [annotations.operator]: spec.operator,
        'sidecar.istio.io/inject': 'false',
        'karpenter.sh/do-not-disrupt': 'true',
        'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
      },
    },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 2,
      // The outermost bound, whatever else fails.
      activeDeadlineSeconds: longestRunSeconds,
      ...(spec.node !== undefined && { affinity: onNode(spec.node) }),
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
          securityContext: {
            runAsUser: 0,
            runAsGroup: 0,
            allowPrivilegeEscalation: false,
            capabilities: {
              drop: ['ALL'],
              // What tar needs as root: owners, modes of other users' files, setuid bits; reading for the comparison.
              add: readOnly ? ['DAC_READ_SEARCH'] : ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID'],
            },
            seccompProfile: { type: 'RuntimeDefault' },
          },
          volumeMounts: [
            { name: 'target', mountPath, ...(readOnly && { readOnly: true }) },
            { name: 'work', mountPath: workFolder },
            { name: 'lease', mountPath: leaseFolder, readOnly: true },
          ],
        },
      ],
      volumes: [
        { name: 'target', persistentVolumeClaim: { claimName: spec.claim.name } },
        { name: 'work', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
        { name: 'lease', downwardAPI: { items: [heartbeatFile] } },
      ],
    },
  };
}

const heartbeatFile = {
  path: leaseFile,
  fieldRef: { fieldPath: `metadata.annotations['${annotations.heartbeat}']` },
};

function onNode(node: string): object {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [node] }];
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
    },
  };
}
