/** What a volume and a namespace hold, as plain values: equal before and after means that nothing else happened. */
import { lstatSync } from 'node:fs';
import type { KubeObject, TestNamespace } from './namespace.ts';
import { onDisk } from './volume-tree.ts';

/**
 * Each path (its bytes as latin1) and all that an archive can hold of it: type, mode, owner, time, size, content, link
 * target, and how many names a file has. Without `except` and what is below, and without `lost+found`.
 */
export function volumeState(
  folder: string,
  except: readonly string[] = [],
): Readonly<Record<string, string>> {
  const hidden = ['lost+found', ...except].map((name) => Buffer.from(name).toString('latin1'));
  const isHidden = (path: string) => hidden.some((name) => path === name || path.startsWith(`${name}/`));
  const entries = onDisk(Buffer.from(folder), 'hash').filter(({ path }) => !isHidden(path));
  const lines = entries.map((entry): [string, string] => {
    const { path, type, mode, uid, gid, mtimeSeconds, sizeBytes, sha256, linkTarget } = entry;
    const { nlink } = lstatSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')]));
    const words = [
      type,
      mode.toString(8).padStart(4, '0'),
      `${uid}:${gid}`,
      `@${mtimeSeconds}`,
      ...(type === 'file' ? [sizeBytes, sha256, `names=${nlink}`] : []),
      ...(linkTarget === undefined ? [] : [`-> ${linkTarget}`]),
    ];
    return [path, words.join(' ')];
  });
  return Object.fromEntries(lines);
}

const lasting = 'deployments,statefulsets,persistentvolumeclaims';

export interface ObjectState {
  readonly spec: KubeObject['spec'];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What an operator owns of each object: spec, labels, annotations. `kinds` as kubectl takes them. */
export async function clusterState(
  namespace: TestNamespace,
  kinds = lasting,
): Promise<Readonly<Record<string, ObjectState>>> {
  const objects = await namespace.list(kinds);
  return Object.fromEntries(
    objects.map(({ kind, metadata, spec }) => {
      const { name, labels = {}, annotations = {} } = metadata;
      return [`${kind}/${name}`, { spec, labels, annotations }];
    }),
  );
}

/**
 * The objects whole, resource versions and all: nothing at all wrote to them if they are equal. Of pods without what the
 * kubelet writes, which may do so long after they are Ready.
 */
export async function wholeObjects(
  namespace: TestNamespace,
  kinds = `${lasting},replicasets,pods`,
): Promise<readonly KubeObject[]> {
  const objects = await namespace.list(kinds);
  return objects.map((object) => (object.kind === 'Pod' ? withoutKubelet(object) : object));
}

function withoutKubelet({ status: _, metadata, ...others }: KubeObject): KubeObject {
  return { ...others, metadata: { ...metadata, resourceVersion: '' } };
}
