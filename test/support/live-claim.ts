import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scene } from './cluster-test.ts';
import type { TestClaim, VolumeOptions } from './namespace.ts';
import { deployment } from './workloads.ts';

/** A claim whose writer is up but writes nothing, so that the volume can be compared; it holds the file `precious`. */
export async function liveClaim({ shop }: Scene, options: VolumeOptions = {}): Promise<TestClaim> {
  const claim = await shop.claim('data', options);
  writeFileSync(join(claim.folder, 'precious'), 'as it was');
  await shop.apply(deployment('web', { claims: ['data'], container: { command: ['sleep', '3600'] } }));
  await shop.rolledOut('deployment/web');
  return claim;
}
