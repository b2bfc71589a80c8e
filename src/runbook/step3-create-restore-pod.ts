/**
 * Runbook step 3: Create restore pod with PVC mount, and wait until it is Ready.
 *
 * Invariant: a failure says why from the pod's conditions, container states and events, before the pod goes.
 * While the pod lives, the client's heartbeat is renewed on it, so that other machines can tell a live run from a dead
 * one. Failure signals: the API server refuses the pod (`pod-rejected`), it does not become Ready (`pod-not-ready`).
 */
import type { PodManifest, PodRef } from '../cluster/cluster.ts';
import { messageOf } from '../domain/message-of.ts';
import { annotations } from '../domain/names.ts';
import { isReady, type Pod } from '../domain/pod.ts';
import { heartbeatSeconds } from '../domain/run.ts';
import { RunbookError } from './failure-matrix.ts';
import type { Run } from './run.ts';
import { WaitTimeout, waitUntil } from './wait-until.ts';

declare const ready: unique symbol;

/** Evidence of a Ready pod that has the claim mounted at /restore. */
export interface RestorePod extends PodRef {
  readonly [ready]: true;
  readonly node: string;
}

export interface RestorePodOptions {
  readonly namespace: string;
  readonly manifest: PodManifest;
  readonly timeoutSeconds: number;
  /** Called before the request is sent: from here on step 6 has something to look for. */
  readonly onCreating: (pod: PodRef) => void;
}

export async function createRestorePod(run: Run, options: RestorePodOptions): Promise<RestorePod> {
  const { namespace, manifest, timeoutSeconds } = options;
  const ref = { namespace, name: nameOf(manifest) };
  options.onCreating(ref);
  await submit(run, { namespace, manifest, dryRun: false });
  run.reporter.info(`pod/${ref.name} created`);
  const pod = await waitForReady(run, ref, timeoutSeconds);
  run.reporter.info(`pod/${ref.name} is Ready on ${pod.node ?? 'its node'}`);
  return { ...ref, node: pod.node ?? '' } as unknown as RestorePod;
}

/** Asks the API server whether it would take the pod; nothing is created. */
export async function admitRestorePod(run: Run, namespace: string, manifest: PodManifest): Promise<void> {
  await submit(run, { namespace, manifest, dryRun: true });
}

interface Submission {
  readonly namespace: string;
  readonly manifest: PodManifest;
  readonly dryRun: boolean;
}

async function submit(run: Run, { namespace, manifest, dryRun }: Submission): Promise<void> {
  try {
    await run.cluster.pods.create(namespace, manifest, dryRun);
  } catch (cause) {
    throw new RunbookError('pod-rejected', `pod/${nameOf(manifest)} was refused: ${messageOf(cause)}`, {
      cause,
    });
  }
}

async function waitForReady(run: Run, ref: PodRef, timeoutSeconds: number): Promise<Pod> {
  let seen: Pod | undefined;
  let said = '';
  const look = async (): Promise<Pod | undefined> => {
    seen = await run.cluster.pods.read(ref);
    if (seen === undefined)
      throw new RunbookError('pod-not-ready', `pod/${ref.name} is gone: something deleted it`);
    if (seen.phase === 'Failed' || seen.phase === 'Succeeded')
      throw await notReady(run, seen, `ended (${seen.phase})`);
    const why = reasonsOf(seen).join('; ');
    if (why !== said && why !== '') run.reporter.info(why);
    said = why;
    return isReady(seen) ? seen : undefined;
  };
  try {
    return await waitUntil(look, {
      clock: run.clock,
      timeoutSeconds,
      signal: run.signal,
      everyMilliseconds: 250,
    });
  } catch (error) {
    if (!(error instanceof WaitTimeout) || seen === undefined) throw error;
    throw await notReady(run, seen, `is not Ready after ${timeoutSeconds} s (${seen.phase})`);
  }
}

async function notReady(run: Run, pod: Pod, what: string): Promise<RunbookError> {
  const events = await run.cluster.pods.events(pod).catch(() => []);
  const why = [...reasonsOf(pod), ...events.slice(-8)];
  return new RunbookError('pod-not-ready', [`pod/${pod.name} ${what}`, ...new Set(why)].join('\n  '));
}

/** What the pod itself says of why it is not Ready. */
function reasonsOf(pod: Pod): string[] {
  const scheduled = pod.conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  const waiting = pod.containers.filter(
    ({ state, reason }) => state !== 'running' && reason !== 'ContainerCreating',
  );
  return [
    ...(scheduled ? [`${scheduled.reason}: ${scheduled.message}`] : []),
    ...waiting.map(
      ({ name, reason, message }) =>
        `container ${name}: ${reason ?? 'waiting'}${message ? `: ${message}` : ''}`,
    ),
  ];
}

function nameOf(manifest: PodManifest): string {
  const { name } = manifest['metadata'] as { readonly name: string };
  return name;
}

/** Renews the heartbeat until the returned function is called. A beat that fails is said and tried again. */
export function startHeartbeat(run: Run, pod: PodRef): () => void {
  const ended = new AbortController();
  void (async () => {
    for (;;) {
      await run.clock.sleep(heartbeatSeconds * 1000, ended.signal);
      try {
        await run.cluster.pods.annotate(pod, { [annotations.heartbeat]: run.cluster.now().toISOString() });
      } catch (error) {
        if (!ended.signal.aborted)
          run.reporter.warn(`the heartbeat on pod/${pod.name} was not renewed: ${messageOf(error)}`);
      }
    }
  })().catch(() => undefined);
  return () => ended.abort(new Error('the heartbeat has ended'));
}
