/** Whether a pod of the app can be worked in now, or will be. */
import type { Pod } from '../domain/pod.ts';

export interface PodState {
  readonly pod: Pod;
  readonly runs: boolean;
  /** It will run, or make room for one that does. */
  readonly isComing: boolean;
  /** Why it does not run: `is Pending (Unschedulable)`. */
  readonly words: string;
}

/** `lost`: what is wrong with its node. */
export function stateOf(pod: Pod, container: string, lost: string | undefined): PodState {
  const no = { pod, runs: false, isComing: false };
  if (lost !== undefined) return { ...no, words: `does not run: ${lost}` };
  if (pod.deleting) return { ...no, isComing: true, words: 'is being deleted' };
  const own = pod.containers.find(({ name }) => name === container);
  if (pod.phase === 'Running' && own?.state === 'running') return { ...no, runs: true, words: '' };
  const stuck = pod.containers.find(({ state, reason }) => state === 'waiting' && isStuck(reason));
  const unscheduled = pod.conditions.find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  );
  const why = stuck?.reason ?? own?.reason ?? unscheduled?.reason;
  const isComing = pod.phase === 'Pending' && stuck === undefined && unscheduled === undefined;
  return { ...no, isComing, words: `is ${pod.phase}${why === undefined ? '' : ` (${why})`}` };
}

function isStuck(reason: string | undefined): boolean {
  return reason !== undefined && /BackOff$|^Err|Error$|^Invalid/.test(reason);
}
