/** The restore pod of runbook step 3, and the one of `verify`, which mounts the claim read-only. */
import { type RunPodSpec, runPod } from './run-pod.ts';

export const mountPath = '/restore';

export interface RestorePodSpec extends RunPodSpec {
  /** `verify` mounts the claim read-only, beside a running workload. */
  readonly purpose: 'restore' | 'verify';
}

export function restorePod(spec: RestorePodSpec): Readonly<Record<string, unknown>> {
  const readOnly = spec.purpose === 'verify';
  return runPod(spec, {
    volumes: [{ name: 'target', persistentVolumeClaim: { claimName: spec.claim.name } }],
    volumeMounts: [{ name: 'target', mountPath, ...(readOnly && { readOnly: true }) }],
  });
}
