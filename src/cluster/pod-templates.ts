import type { V1Container, V1PodSpec, V1PodStatus } from '@kubernetes/client-node';
import type { PodTemplate, TemplateContainer } from '../domain/pod-template.ts';

/** Of a pod that runs, `status` tells what the template leaves to the image, on servers from 1.33 on. */
export function toTemplate(spec: V1PodSpec | undefined, status?: V1PodStatus): PodTemplate {
  const { fsGroup, fsGroupChangePolicy, supplementalGroups } = spec?.securityContext ?? {};
  return {
    tolerations: spec?.tolerations ?? [],
    nodeSelector: spec?.nodeSelector ?? {},
    pullSecrets: (spec?.imagePullSecrets ?? []).flatMap(({ name }) => name ?? []),
    ...(fsGroup !== undefined && { fsGroup }),
    ...(fsGroupChangePolicy !== undefined && { fsGroupChangePolicy }),
    supplementalGroups: supplementalGroups ?? [],
    volumes: (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim }) =>
      persistentVolumeClaim === undefined ? [] : { name, claim: persistentVolumeClaim.claimName },
    ),
    containers: (spec?.containers ?? []).map((container) => toContainer(container, spec, status)),
  };
}

function toContainer(
  { name, volumeMounts = [], securityContext: own }: V1Container,
  spec: V1PodSpec | undefined,
  status: V1PodStatus | undefined,
): TemplateContainer {
  const ofPod = spec?.securityContext;
  const runs = status?.containerStatuses?.find((one) => one.name === name)?.user?.linux;
  const uid = own?.runAsUser ?? ofPod?.runAsUser ?? runs?.uid;
  const gid = own?.runAsGroup ?? ofPod?.runAsGroup ?? runs?.gid;
  return {
    name,
    volumes: volumeMounts.map((mount) => mount.name),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  };
}
