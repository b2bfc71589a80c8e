/** Where a volume is attached: a ReadWriteOnce volume cannot be mounted on a second node before it leaves the first. */
import { isStatus } from '../../cluster/connection-error.ts';
import type { Claim } from '../../domain/claim.ts';
import { type ObjectKind, text, valueAt } from '../../domain/cluster-object.ts';
import type { Run } from '../run.ts';

const volumeAttachments: ObjectKind = {
  kind: 'VolumeAttachment',
  apiVersions: ['storage.k8s.io/v1'],
  plural: 'volumeattachments',
};

/** Names of nodes other than `node`; none where nobody may look. */
export async function attachedElsewhere(
  { cluster, reporter }: Run,
  { volumeName }: Claim,
  node: string | undefined,
): Promise<readonly string[]> {
  if (volumeName === undefined) return [];
  try {
    const attachments = await cluster.objects.list(volumeAttachments);
    return attachments
      .filter((one) => valueAt(one, ['spec', 'source', 'persistentVolumeName']) === volumeName)
      .map(({ spec }) => text(spec['nodeName']))
      .filter((name) => name !== node);
  } catch (error) {
    if (!isStatus(error, 403)) throw error;
    reporter.info(
      'you may not list volumeattachments: whether the volume is free of other nodes is not known',
    );
    return [];
  }
}
