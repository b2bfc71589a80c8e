/**
 * A watch that outlives its connections: it goes on where it was, or with all that is there when the server has
 * forgotten that. So what happens while there is no connection is seen when there is one again.
 */
import type { Sight, WatchTarget } from '../../cluster/cluster.ts';
import { ApiError, isStatus } from '../../cluster/connection-error.ts';
import type { ClusterObject } from '../../domain/cluster-object.ts';
import { messageOf } from '../../domain/message-of.ts';
import type { Run } from '../run.ts';

const pauseMs = [0, 500, 1000, 2000] as const;
const longestPauseMs = 5000;

/** Until the signal is aborted; rejects with its reason. */
export async function keepWatching(
  run: Run,
  target: WatchTarget,
  onObject: (object: ClusterObject) => void,
): Promise<never> {
  const { cluster, clock, reporter, signal } = run;
  let failures = 0;
  let isForbidden = false;
  const sight: Sight = {
    resourceVersion: undefined,
    signal,
    onObject: (object: ClusterObject) => {
      failures = 0;
      onObject(object);
    },
  };
  for (;;) {
    try {
      await cluster.watch(target, sight);
      failures = 0;
    } catch (error) {
      signal.throwIfAborted();
      // Whatever it refuses, mostly a version that it has forgotten: from the beginning.
      if (error instanceof ApiError) sight.resourceVersion = undefined;
      const what = `${target.kind.plural} in namespace ${target.namespace} are not watched`;
      if (isStatus(error, 403) && !isForbidden) reporter.warn(`${what}: ${messageOf(error)}`);
      else reporter.detail(`${what} just now: ${messageOf(error)}`);
      isForbidden ||= isStatus(error, 403);
      await clock.sleep(pauseMs[failures] ?? longestPauseMs, signal);
      failures += 1;
    }
  }
}
