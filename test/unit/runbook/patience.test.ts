import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import { ApiError, ConnectionError } from '../../../src/cluster/connection-error.ts';
import type { Clock } from '../../../src/context.ts';
import { RunbookError } from '../../../src/runbook/failure-matrix.ts';
import type { Reporter } from '../../../src/runbook/reporter.ts';
import type { Run } from '../../../src/runbook/run.ts';
import { Patience, PatienceLost, retried } from '../../../src/runbook/transfer/patience.ts';

const pod = { namespace: 'shop', name: 'nkvm-restore-x' };
const lost = new ConnectionError('it was lost', 'look at it', { passing: true });

/** Time that passes only while somebody sleeps or works, and what was slept and said. */
class Scene implements Clock {
  #nowMs = 0;
  readonly slept: number[] = [];
  readonly said: string[] = [];
  readonly stop = new AbortController();
  readonly run: Run;

  constructor(found: object = { phase: 'Running', deleting: false, conditions: [], containers: [] }) {
    const reporter = { warn: (line: string) => this.said.push(line) } as unknown as Reporter;
    const cluster = { pods: { read: async () => found } } as unknown as Cluster;
    this.run = { clock: this, reporter, cluster, signal: this.stop.signal } as unknown as Run;
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  async sleep(milliseconds: number): Promise<void> {
    this.slept.push(milliseconds / 1000);
    this.#nowMs += milliseconds;
  }

  work(seconds: number): void {
    this.#nowMs += seconds * 1000;
  }

  patience(retries: number, timeoutSeconds: number): Patience {
    return new Patience(this.run, pod, { retries, timeoutSeconds });
  }
}

/** How often it can be lost in a row until patience is, at most so often. */
async function lossesUntilGivenUp(patience: Patience, most = 50): Promise<number> {
  for (let losses = 0; losses < most; losses++) {
    try {
      await patience.after(lost);
    } catch (error) {
      assert.ok(error instanceof PatienceLost, String(error));
      return losses;
    }
  }
  return most;
}

test('pauses grow from half a second to a quarter of a minute', async () => {
  const scene = new Scene();
  assert.equal(await lossesUntilGivenUp(scene.patience(8, 3600)), 8);
  assert.deepEqual(scene.slept, [0.5, 1, 2, 4, 8, 15, 15, 15]);
});

test('the time without anything new is a bound of its own, and the last pause ends with it', async () => {
  const scene = new Scene();
  const patience = scene.patience(100, 10);
  const given = { message: 'connection lost and given up after 5 tries in 10 s: it was lost', cause: lost };
  assert.equal(await lossesUntilGivenUp(patience, 5), 5);
  await assert.rejects(patience.after(lost), given);
  assert.deepEqual(scene.slept, [0.5, 1, 2, 4, 2.5]);
});

test('something new gives all tries and all the time back', async () => {
  const scene = new Scene();
  const patience = scene.patience(3, 5);
  for (let round = 0; round < 4; round++) {
    await patience.after(lost);
    await patience.after(lost);
    patience.progressed();
  }
  assert.deepEqual(
    [await lossesUntilGivenUp(patience), patience.reconnects, scene.slept.slice(0, 4)],
    [3, 11, [0.5, 1, 0.5, 1]],
  );
});

test('a break that several connections see is waited out once', async () => {
  const scene = new Scene();
  const patience = scene.patience(3, 60);
  await Promise.all([patience.after(lost, 'at 1Mi'), patience.after(lost, 'at 1Mi')]);
  assert.deepEqual(
    [patience.reconnects, scene.said],
    [1, ['connection lost at 1Mi: it was lost; try 1 of 3 in 0.5 s']],
  );
});

test('what another try would not mend is thrown as it is', async () => {
  const refused = new ConnectionError('no such credentials', 'log in');
  const forbidden = new ApiError(403, 'Forbidden', 'no');
  const step = new RunbookError('volume-conflict', 'in the way');
  for (const error of [refused, forbidden, step, new Error('a bug')]) {
    const scene = new Scene();
    await assert.rejects(scene.patience(3, 60).after(error), error);
    assert.deepEqual(scene.slept, []);
  }
});

test('a step’s failure passes with its cause', async () => {
  const scene = new Scene();
  const busy = new ApiError(503, 'ServiceUnavailable', 'etcd is away');
  await scene.patience(3, 60).after(new RunbookError('verification-failed', 'not read', { cause: busy }));
  assert.deepEqual(scene.said, ['connection lost: etcd is away; try 1 of 3 in 0.5 s']);
});

test('of a pod that has ended nothing is tried again', async () => {
  const scene = new Scene({ phase: 'Failed', reason: 'Evicted', conditions: [], containers: [] });
  await assert.rejects(scene.patience(3, 60).after(lost), {
    name: 'PodEnded',
    message: 'pod/nkvm-restore-x ended (Failed): Evicted',
  });
});

test('a signal ends the waiting', async () => {
  const scene = new Scene();
  scene.stop.abort(new Error('interrupted'));
  await assert.rejects(scene.patience(3, 60).after(lost), { message: 'interrupted' });
  assert.deepEqual(scene.slept, []);
});

test('work that is lost early is begun again until the time is up', async () => {
  const scene = new Scene();
  let begun = 0;
  const work = async (): Promise<never> => {
    begun += 1;
    scene.work(9);
    throw lost;
  };
  await assert.rejects(retried(scene.run, { pod, retry: { retries: 10, timeoutSeconds: 20 } }, work), {
    message: 'connection lost and given up after 3 tries in 29 s: it was lost',
  });
  assert.equal(begun, 4);
});

test('work that went on for a while is given all the time again, but no more tries', async () => {
  const scene = new Scene();
  let begun = 0;
  const work = async (): Promise<never> => {
    begun += 1;
    scene.work(300);
    throw lost;
  };
  await assert.rejects(retried(scene.run, { pod, retry: { retries: 5, timeoutSeconds: 20 } }, work), {
    name: 'PatienceLost',
  });
  assert.equal(begun, 6);
});
