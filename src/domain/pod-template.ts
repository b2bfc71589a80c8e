/**
 * What a workload's pods are like, as far as a pod beside them must be like them to be admitted, placed and able to
 * write.
 */

export interface PodTemplate {
  /** As Kubernetes has them. */
  readonly tolerations: readonly object[];
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Names of Secrets. */
  readonly pullSecrets: readonly string[];
  readonly fsGroup?: number;
  readonly fsGroupChangePolicy?: string;
  readonly supplementalGroups: readonly number[];
  /** Volumes that mount a claim by its name. */
  readonly volumes: readonly { readonly name: string; readonly claim: string }[];
  readonly containers: readonly TemplateContainer[];
}

export interface TemplateContainer {
  readonly name: string;
  /** Names of the volumes that it mounts; of a StatefulSet, those of volumeClaimTemplates too. */
  readonly volumes: readonly string[];
  /** Its own or the pod's; of a running pod without either, what the kubelet says it runs as. */
  readonly uid?: number;
  readonly gid?: number;
}

/** As whom the container runs that has the claim. */
export interface ClaimUser {
  readonly uid?: number;
  readonly gid?: number;
  readonly fsGroup?: number;
  readonly fsGroupChangePolicy?: string;
  readonly supplementalGroups: readonly number[];
}

/** `claimTemplates`: names of a StatefulSet's volumeClaimTemplates, whose volumes stand in no pod template. */
export function claimUser(
  { volumes, containers, fsGroup, fsGroupChangePolicy, supplementalGroups }: PodTemplate,
  claim: string,
  claimTemplates: readonly string[] = [],
): ClaimUser {
  const byName = volumes.filter((volume) => volume.claim === claim).map(({ name }) => name);
  const names = byName.length > 0 ? byName : claimTemplates.filter((name) => claim.startsWith(`${name}-`));
  const container = containers.find((one) => one.volumes.some((volume) => names.includes(volume)));
  const { uid, gid } = container ?? {};
  return {
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    ...(fsGroup !== undefined && { fsGroup }),
    ...(fsGroupChangePolicy !== undefined && { fsGroupChangePolicy }),
    supplementalGroups,
  };
}
