/** NKVM's backups that run now: their pods are seen, and said. The history does not have them yet. */
import { isStatus } from '../cluster/connection-error.ts';
import { component, labels, nkvmName } from '../domain/names.ts';
import type { Pod } from '../domain/pod.ts';
import type { Run } from '../runbook/run.ts';

const helperLabels = `${labels.name}=${nkvmName},${labels.component}=${component.backup}`;
const shownPods = 10;

/** One line, or undefined where none is seen; the user may not be allowed to look. */
export async function runningBackups(run: Run): Promise<string | undefined> {
  const pods = await helperPods(run);
  if (pods.length === 0) return undefined;
  const names = pods
    .slice(0, shownPods)
    .map(({ namespace, name, claims }) => `pod/${name} of ${namespace}/${claims.join(', ')}`);
  const more = pods.length > shownPods ? ` and ${pods.length - shownPods} more` : '';
  return `a backup runs or has just ended: ${names.join('; ')}${more}; the history has it when it is done`;
}

/** Of all namespaces where the user may, else of the active one. */
async function helperPods({ cluster }: Run): Promise<readonly Pod[]> {
  try {
    return await cluster.pods.listAll(helperLabels);
  } catch (error) {
    if (!isStatus(error, 403)) throw error;
  }
  try {
    return await cluster.pods.list(cluster.identity.namespace, helperLabels);
  } catch (error) {
    if (!isStatus(error, 403)) throw error;
    return [];
  }
}
