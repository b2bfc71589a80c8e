/**
 * The pod that reads the files of an NKVM app which is down. To an exec it looks like the app: the app's claims at the
 * app's paths, read-only, the same working directory, and what its environment says of its files.
 */
import { type Json, type JsonObject, list, objectOf, text, within } from './cluster-object.ts';
import { type RunPodSpec, runPod } from './run-pod.ts';

export const readerContainer = 'reader';

/** Of the app's container: what says where its files are. */
const names = ['NKVM_METADATA_DB_PATH', 'NKVM_BACKUP_DIR'];

/** The names of the claims that a container of a pod template mounts, in the order of its mounts. */
export function claimsOfContainer(template: JsonObject, container: string): readonly string[] {
  const mounts = claimMounts(template, container);
  return [...new Set(mounts.map(({ claim }) => claim))];
}

/** `container` is the app's in `template`. */
export function readerPod(
  spec: Omit<RunPodSpec, 'purpose'>,
  { template, container }: { readonly template: JsonObject; readonly container: string },
): Readonly<Record<string, unknown>> {
  const app = containerOf(template, container);
  const mounts = claimMounts(template, container);
  const used = new Set(mounts.map(({ mount }) => text(mount['name'])));
  const workingDir = text(app['workingDir']);
  const maps = list(app['envFrom']).filter((one) => within(one, ['configMapRef']) !== undefined);
  return runPod(
    { ...spec, purpose: 'read' },
    {
      volumes: list(within(template, ['spec', 'volumes']))
        .filter((one) => used.has(text(objectOf(one)['name'])))
        .map(objectOf),
      volumeMounts: mounts.map(({ mount }) => ({ ...mount, readOnly: true })),
      container: {
        name: readerContainer,
        env: list(app['env'])
          .map(objectOf)
          .filter((one) => names.includes(text(one['name']))),
        ...(maps.length > 0 && { envFrom: maps }),
        ...(workingDir !== '' && { workingDir }),
      },
    },
  );
}

interface ClaimMount {
  readonly claim: string;
  /** As Kubernetes has it. */
  readonly mount: JsonObject;
}

function claimMounts(template: JsonObject, container: string): readonly ClaimMount[] {
  const claims = new Map(
    list(within(template, ['spec', 'volumes'])).map((volume) => [
      text(objectOf(volume)['name']),
      text(within(volume, ['persistentVolumeClaim', 'claimName'])),
    ]),
  );
  return list(containerOf(template, container)['volumeMounts']).flatMap((json: Json) => {
    const mount = objectOf(json);
    const claim = claims.get(text(mount['name'])) ?? '';
    return claim === '' ? [] : { claim, mount };
  });
}

function containerOf(template: JsonObject, name: string): JsonObject {
  const containers = list(within(template, ['spec', 'containers'])).map(objectOf);
  return containers.find((one) => text(one['name']) === name) ?? {};
}
