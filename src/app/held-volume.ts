/**
 * What keeps a volume from a second pod: a node that is lost with it, which a ReadWriteOnce volume does not leave by
 * itself, or a pod that has it alone.
 */
import { type Claim, isSingleNode } from '../domain/claim.ts';
import { holdsItsClaims, type Pod } from '../domain/pod.ts';
import type { Run } from '../runbook/run.ts';
import { explainHolder, nodeWords } from '../runbook/writers/explain-holder.ts';
import { attachedElsewhere } from '../runbook/writers/volume-attachments.ts';

/** Undefined where nothing is known to be. */
export async function inTheWay(run: Run, claim: Claim, pods: readonly Pod[]): Promise<string | undefined> {
  if (!isSingleNode(claim)) return undefined;
  const isAlone = claim.accessModes.includes('ReadWriteOncePod');
  const found: string[] = [];
  for (const pod of holdersOn(claim, pods)) {
    if (isAlone || (await lostNode(run, pod)) !== undefined)
      found.push(`pod/${(await explainHolder(run, pod)).summary} has it`);
  }
  for (const node of await attachedElsewhere(run, claim, undefined)) {
    const lost = await lostNode(run, { node });
    if (lost !== undefined) found.push(`its volume is still attached to node ${node}, and ${lost}`);
  }
  if (found.length === 0) return undefined;
  const mode = isAlone ? 'ReadWriteOncePod' : 'ReadWriteOnce';
  return `persistentvolumeclaim/${claim.name} is ${mode}: ${found.join('; ')}`;
}

/** The pods that have the claim on a node. */
export function holdersOn({ name }: Claim, pods: readonly Pod[]): readonly Pod[] {
  return pods.filter((pod) => pod.claims.includes(name) && holdsItsClaims(pod) && pod.node !== undefined);
}

/** `its node is not ready: ...`; undefined where it is well, or nobody may look. */
export async function lostNode(run: Run, pod: Pick<Pod, 'node' | 'reason'>): Promise<string | undefined> {
  const words = await nodeWords(run, pod);
  return words?.startsWith('its node') ? words : undefined;
}
