/**
 * Keeps watch from the end of step 2 until the resume. Guarantees that a pod that comes with the claim, or a stopped
 * object that something puts back, ends the steps at once, naming who did it; also what happened while there was no
 * connection. Whoever came back is not fought: that is the operator's to do.
 */
import type { WatchTarget } from '../../cluster/cluster.ts';
import type { Claim } from '../../domain/claim.ts';
import type { ClusterObject, ObjectRef } from '../../domain/cluster-object.ts';
import { lastWriter } from '../../domain/last-writer.ts';
import { leverOf, levers } from '../../domain/levers.ts';
import { type Owner, podKind } from '../../domain/pod.ts';
import { podWith, putBack } from '../../domain/returned-writer.ts';
import { RunbookError } from '../failure-matrix.ts';
import type { Run } from '../run.ts';
import { keepWatching } from './keep-watching.ts';
import { whoWroteCommand } from './who-puts-back.ts';

/** A slow API server must not keep the steps going: then the owner nearest to the pod is enough. */
const longestChainMs = 2000;

export interface Guarded {
  readonly claim: Claim;
  readonly stopped: readonly ObjectRef[];
}

/** Runs `work` under watch: its run's signal is aborted with `writer-returned` as reason. */
export async function underGuard<R extends Run, T>(
  run: R,
  { claim, stopped }: Guarded,
  work: (run: R) => Promise<T>,
): Promise<T> {
  const returned = new AbortController();
  const ended = new AbortController();
  const watching = { ...run, signal: AbortSignal.any([run.signal, ended.signal]) };
  const watch = (target: WatchTarget, onObject: (object: ClusterObject) => void): void => {
    void keepWatching(watching, target, onObject).catch(() => undefined);
  };
  const stop = (what: string, ref: ObjectRef): void => {
    returned.abort(new RunbookError('writer-returned', what, { next: [whoWroteCommand(ref)] }));
  };
  for (const one of stopped) {
    const { kind, namespace, name } = one;
    watch({ kind: leverOf({ kind }), namespace, name }, (object) => {
      const what = putBack(object, run.id);
      if (what !== undefined) stop(what, one);
    });
  }
  const seen = new Set<string>();
  watch({ kind: podKind, namespace: claim.namespace }, (pod) => {
    const what = podWith(claim.name, run.id, pod);
    if (what === undefined || seen.has(pod.metadata.uid)) return;
    seen.add(pod.metadata.uid);
    if (what === 'backup') {
      run.reporter.warn(
        `pod/${pod.name} backs up ${claim.name}, which is being restored: distrust that backup`,
      );
      return;
    }
    void whoseIs(watching, pod).then((whose) =>
      stop(`pod/${pod.name} came back with ${claim.name}: ${whose}`, pod),
    );
  });
  try {
    return await work({ ...run, signal: AbortSignal.any([run.signal, returned.signal]) });
  } finally {
    ended.abort(new Error('the writers are given back'));
  }
}

/** Never rejects. */
async function whoseIs(run: Run, pod: ClusterObject): Promise<string> {
  const { owner } = pod.metadata;
  if (owner === undefined) return `made by ${lastWriter(pod, []) ?? 'somebody'}`;
  const nearest = `of ${owner.kind}/${owner.name}`;
  const late = run.clock.sleep(longestChainMs, run.signal).then(() => nearest);
  const chain = chainOf(run, pod.namespace, owner).then((names) => `of ${names.join(' of ')}`);
  return Promise.race([chain, late]).catch(() => nearest);
}

async function chainOf(run: Run, namespace: string, owner: Owner): Promise<readonly string[]> {
  const name = `${owner.kind}/${owner.name}`;
  const kind = levers.find((lever) => lever.kind === owner.kind);
  const object = kind && (await run.cluster.objects.read(kind, { namespace, name: owner.name }));
  const above = object?.metadata.owner;
  return above === undefined ? [name] : [name, ...(await chainOf(run, namespace, above))];
}
