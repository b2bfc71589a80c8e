/**
 * A Deployment's controller copies its annotations to its ReplicaSets and never takes one away; `kubectl rollout undo`
 * copies them back. A record that stayed there would come back as that of an unfinished run, so it is taken off once the
 * Deployment itself has none. A failure is said and stops nothing: the copies mean nothing where they are.
 */
import { count, type ObjectRef } from '../domain/cluster-object.ts';
import { leverOf } from '../domain/levers.ts';
import { messageOf } from '../domain/message-of.ts';
import { hasRecordKeys, noRecord } from '../domain/quiesce-record.ts';
import { workloadName } from '../domain/workload.ts';
import type { Run } from './run.ts';
import { waitUntil } from './wait-until.ts';

const seenSeconds = 15;

export async function sweepCopies(run: Run, givenBack: readonly ObjectRef[]): Promise<void> {
  for (const one of givenBack.filter(({ kind }) => kind === 'Deployment')) {
    try {
      await sweep(run, one);
    } catch (error) {
      run.signal.throwIfAborted();
      run.reporter.detail(
        `the ReplicaSets of ${workloadName(one)} keep copies of the record: ${messageOf(error)}`,
      );
    }
  }
}

async function sweep(run: Run, deployment: ObjectRef): Promise<void> {
  const { objects } = run.cluster;
  const uid = await waitUntil(
    async () => {
      const now = await objects.read(leverOf(deployment), deployment);
      if (now === undefined || hasRecordKeys(now)) return '';
      // Before that the controller may copy what it still remembers.
      return count(now.status['observedGeneration']) >= now.metadata.generation
        ? now.metadata.uid
        : undefined;
    },
    { clock: run.clock, timeoutSeconds: seenSeconds, signal: run.signal, everyMilliseconds: 250 },
  );
  const lever = leverOf({ kind: 'ReplicaSet' });
  const copies = (await objects.list(lever, deployment.namespace)).filter(
    (one) => uid !== '' && one.metadata.owner?.uid === uid && hasRecordKeys(one),
  );
  for (const copy of copies) await objects.patch(lever, copy, noRecord);
}
