/**
 * Runbook step 6: Cleanup. Deletes the restore pod and waits until it is gone, so that a ReadWriteOnce claim is free.
 * Always runs once step 3 began, on signals too, on a budget of its own. Failure signal: it does not go
 * (`left-behind`).
 */
import type { PodRef } from '../cluster/cluster.ts';
import { messageOf } from '../domain/message-of.ts';
import { RunbookError } from './failure-matrix.ts';
import type { Run } from './run.ts';
import { waitUntil } from './wait-until.ts';

const cleanUpSeconds = 90;

export async function cleanUp(run: Run, pod: PodRef): Promise<void> {
  try {
    await run.cluster.pods.delete(pod);
    const gone = async (): Promise<true | undefined> =>
      (await run.cluster.pods.read(pod)) === undefined ? true : undefined;
    await waitUntil(gone, {
      clock: run.clock,
      timeoutSeconds: cleanUpSeconds,
      signal: run.signal,
      everyMilliseconds: 250,
    });
  } catch (cause) {
    run.signal.throwIfAborted();
    throw new RunbookError('left-behind', `pod/${pod.name} could not be removed: ${messageOf(cause)}`, {
      cause,
      next: [`kubectl -n ${pod.namespace} describe pod ${pod.name}`],
    });
  }
  run.reporter.info(`pod/${pod.name} deleted`);
}
