/**
 * The end of step 2: waits until no pod holds the claim, no Job of a stopped CronJob is under way, and a ReadWriteOnce
 * volume is free of nodes on which nobody uses it any more. What does not go is explained (`writers-not-stopped`); what
 * is put back or comes anew meanwhile ends the wait at once, as it would not go by itself.
 */
import { isSingleNode } from '../../domain/claim.ts';
import { holdersOf, isBackupHelper, type Pod } from '../../domain/pod.ts';
import { type Workload, workloadName } from '../../domain/workload.ts';
import { RunbookError } from '../failure-matrix.ts';
import { type PutBack, whoPutsBack, whoWroteCommand } from '../guard/who-puts-back.ts';
import type { Target } from '../preconditions.ts';
import type { Run } from '../run.ts';
import { WaitTimeout, waitUntil } from '../wait-until.ts';
import { explainHolder } from './explain-holder.ts';
import { runningJobs } from './running-jobs.ts';
import { attachedElsewhere } from './volume-attachments.ts';

export async function waitForWriters(run: Run, target: Target, timeoutSeconds: number): Promise<void> {
  let left: Left = { pods: [], jobs: [], nodes: [] };
  let said = '';
  const look = async (): Promise<true | undefined> => {
    left = await whatIsLeft(run, target);
    const names = namesOf(left).join(', ');
    if (names !== said && names !== '') run.reporter.info(`waiting for ${names}`);
    said = names;
    if (names === '') return true;
    const back = [...(await whoPutsBack(run, target.stops)), ...newcomers(target, left.pods)];
    if (back.length > 0)
      throw await notStopped(run, left, { since: `${back.map(({ what }) => what).join('; ')};`, back });
    return undefined;
  };
  try {
    await waitUntil(look, { clock: run.clock, timeoutSeconds, signal: run.signal });
  } catch (error) {
    if (!(error instanceof WaitTimeout)) throw error;
    throw await notStopped(run, left, { since: `after ${timeoutSeconds} s`, back: [] });
  }
}

interface Left {
  readonly pods: readonly Pod[];
  /** Between two tries a Job has no pod. */
  readonly jobs: readonly Workload[];
  /** That still have the volume attached, once nobody uses it. */
  readonly nodes: readonly string[];
}

async function whatIsLeft(run: Run, { claim, workloads, nodeBefore }: Target): Promise<Left> {
  const { cluster } = run;
  const [all, running] = await Promise.all([
    cluster.pods.list(claim.namespace),
    runningJobs(run, claim, workloads),
  ]);
  const pods = holdersOf(claim.name, all);
  const isFree = pods.length + running.length > 0 || !isSingleNode(claim);
  const nodes = isFree ? [] : await attachedElsewhere(run, claim, nodeBefore);
  return { pods, jobs: running, nodes };
}

function namesOf({ pods, jobs, nodes }: Left): readonly string[] {
  return [
    ...pods.map(({ name }) => name),
    ...jobs.map(workloadName),
    ...nodes.map((node) => `the volume to be detached from node ${node}`),
  ];
}

/** Those of a workload may be its controller's last ones; a pod that nobody owns is somebody's. */
function newcomers({ claim, barePods, lingering }: Target, pods: readonly Pod[]): readonly PutBack[] {
  const known = new Set([...barePods, ...lingering].map(({ uid }) => uid));
  return pods
    .filter((pod) => pod.owner === undefined && !isBackupHelper(pod) && !pod.deleting && !known.has(pod.uid))
    .map(({ namespace, name }) => ({
      what: `pod/${name} has come with ${claim.name}, and has no owner that could be stopped`,
      look: whoWroteCommand({ kind: 'Pod', namespace, name }),
    }));
}

async function notStopped(
  run: Run,
  { pods, jobs, nodes }: Left,
  { since, back }: { readonly since: string; readonly back: readonly PutBack[] },
): Promise<RunbookError> {
  const explained = await Promise.all(pods.slice(0, 10).map((pod) => explainHolder(run, pod)));
  const held = explained.map(({ summary }) => summary);
  const what = [
    ...(held.length === 0 ? [] : [`these pods still hold the claim: ${held.join('; ')}`]),
    ...jobs.map((job) => `${workloadName(job)} is not complete (--stop-jobs suspends it)`),
    ...nodes.map((node) => `the volume is still attached to node ${node}, where nobody uses it`),
  ];
  return new RunbookError(
    'writers-not-stopped',
    [`${since} ${what.join('; ')}`, ...explained.flatMap(({ events }) => events)].join('\n  '),
    {
      next: [
        ...back.map(({ look }) => look),
        ...pods.map(({ namespace, name }) => `kubectl -n ${namespace} describe pod ${name}`),
      ],
    },
  );
}
