/** How far a restore has come: what a failure or a signal at this moment leaves on the cluster. */
import type { PodRef } from '../cluster/cluster.ts';
import type { ObjectRef } from '../domain/cluster-object.ts';
import type { FieldValue } from '../domain/field-values.ts';
import { leverOf } from '../domain/levers.ts';
import { messageOf } from '../domain/message-of.ts';
import { restWords, stateWords } from '../domain/stop-words.ts';
import { workloadName } from '../domain/workload.ts';
import type { Run } from './run.ts';
import { undoQuiesce } from './step2-quiesce-workload.ts';
import { cleanUp } from './step6-clean-up.ts';
import type { Stop } from './writers/stop-objects.ts';

export interface RunState {
  readonly namespace: string;
  readonly keepStopped: boolean;
  /** The command that does the same restore once more. */
  readonly again?: string;
  stopped: readonly Stop[];
  /** Set when step 3 begins, unset when the pod is known to be gone. */
  pod?: PodRef | undefined;
  /** Half a safety copy: `volumesnapshot/NAME`, or a file on this machine. */
  unfinishedCopy?: string | undefined;
  /** An earlier run had left the claim half-written. */
  readonly wasHalfWritten: boolean;
  /** Bytes of the archive may be on the volume. */
  writing: boolean;
  /** 5.1 has passed: the volume holds what the archive holds. */
  verified: boolean;
  /** 5.3 has begun: what is up stays up. */
  resuming: boolean;
  /** Keys of what has its earlier or recorded state back, or never lost it. */
  readonly resumed: Set<string>;
  /** Keys of those that are still owed what waits for the rollout; their record stays until then. */
  readonly restDue: Set<string>;
  readonly leftBehind: string[];
}

/** What tells one object from all others. */
export function keyOf({ kind, namespace, name }: ObjectRef): string {
  return `${kind}/${namespace}/${name}`;
}

/** What this run stopped and has not given back. */
export function stillStopped({ stopped, resumed }: RunState): readonly Stop[] {
  return stopped.filter((one) => !resumed.has(keyOf(one)));
}

/** What is up, and has not all that it had. */
function owedRest({ stopped, restDue }: RunState): readonly string[] {
  return stopped.filter((one) => restDue.has(keyOf(one))).map((one) => restWords(one, one.resumeTo));
}

/** The volume holds neither what it held nor what the archive holds, and its claim is marked so. */
export function isHalfWritten({ writing, verified }: RunState): boolean {
  return writing && !verified;
}

/** By this run, or by an earlier one. */
export function isClaimHalfWritten(state: RunState): boolean {
  return isHalfWritten(state) || (state.wasHalfWritten && !state.verified);
}

/** First what makes a half-written claim whole. */
export function nextCommands(run: Run, state: RunState): readonly string[] {
  const resume = run.command('cleanup', run.id, '--resume', '-n', state.namespace);
  const resumes = stillStopped(state).length + owedRest(state).length === 0 ? [] : [resume];
  if (!isClaimHalfWritten(state)) return resumes;
  const again =
    state.again === undefined ? [] : [`${state.again}   # the claim is half-written until this has passed`];
  return [...again, ...resumes.map(withHalfWrittenWarning)];
}

/** Of a command that starts the workloads. */
export function withHalfWrittenWarning(command: string): string {
  return `${command}   # runs the application on half-written data`;
}

/** What is left right now, for a process that has no time to change it. */
export function describeLeft(run: Run, state: RunState): string {
  const left = [
    ...(state.pod === undefined ? [] : [`pod/${state.pod.name}`]),
    ...stillStopped(state).map((one) => `${workloadName(one)} ${stateWords(one, one.earlier)}`),
    ...owedRest(state),
    ...(isHalfWritten(state) ? ['the claim may be half-written'] : []),
  ];
  if (left.length === 0) return 'nothing of this run is left on the cluster';
  const copy = state.unfinishedCopy === undefined ? '' : `\nhalf a safety copy: ${state.unfinishedCopy}`;
  const cleanUp = (...flags: string[]) =>
    run.command('cleanup', run.id, '--force', ...flags, '-n', state.namespace);
  const next =
    isClaimHalfWritten(state) && state.again ? `${cleanUp()}\n      ${state.again}` : cleanUp('--resume');
  return `left on the cluster: ${left.join(', ')}${copy}\nnext: ${next}`;
}

/**
 * Brings about what the contract says that a failure leaves, on budgets of its own, whatever ended the run:
 * the restore pod goes; before the first written byte the writers get back what they had (unless --keep-stopped);
 * after it they stay stopped. Returns what to type next.
 */
export async function compensate(
  run: Run,
  state: RunState,
  onGone: (stop: Stop) => void,
): Promise<readonly string[]> {
  const own: Run = { ...run, signal: new AbortController().signal };
  const { pod } = state;
  if (pod !== undefined) {
    try {
      await cleanUp(own, pod);
      state.pod = undefined;
    } catch (error) {
      run.reporter.warn(messageOf(error));
      state.leftBehind.push(`pod/${pod.name}`);
    }
  }
  const owed = owedRest(state);
  for (const one of owed) run.reporter.warn(`${one}, until cleanup --resume gives it back`);
  state.leftBehind.push(...owed);
  const down = stillStopped(state);
  if (down.length === 0) return nextCommands(run, state);
  if (!state.writing && !state.resuming && !state.keepStopped) {
    const onUndone = (one: Stop, found: readonly FieldValue[]): void => {
      state.resumed.add(keyOf(one));
      state.stopped = state.stopped.map((other) => (other === one ? { ...one, found } : other));
    };
    await undoQuiesce(own, down, { onUndone, onGone });
    const failed = stillStopped(state);
    state.leftBehind.push(...failed.map((one) => leftName(one)));
    return nextCommands(run, state);
  }
  for (const one of down) run.reporter.info(`${workloadName(one)} stays ${stateWords(one, one.earlier)}`);
  return nextCommands(run, state);
}

function leftName(one: Stop): string {
  const { words } = leverOf(one);
  return `${workloadName(one)} ${words === 'replicas' ? 'at 0' : words.stopped}`;
}
