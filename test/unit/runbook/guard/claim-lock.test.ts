/** What `check` lets through, by two clocks that the test sets, on a lease that others may change as well. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ApiError, ConnectionError } from '../../../../src/cluster/connection-error.ts';
import type { Lease } from '../../../../src/domain/claim-lock.ts';
import { ClaimLock, momentOf } from '../../../../src/runbook/guard/claim-lock.ts';
import type { Run } from '../../../../src/runbook/run.ts';

const taken: Lease = {
  namespace: 'shop',
  name: 'nkvm-4711',
  uid: 'abc',
  resourceVersion: '1',
  labels: {},
  annotations: { 'nkvm.dev/claim': 'data' },
  holder: '20260102030405-bcdfg',
  acquiredAt: '2026-01-02T03:04:05.000000Z',
  renewedAt: '2026-01-02T03:04:05.000000Z',
  transitions: 0,
};

/** The lease as the API server would keep it, and a machine that renews nothing by itself. */
class Scene {
  monotonicSeconds = 100;
  wallSeconds = 1_767_323_045;
  lease: Lease | undefined = taken;
  isCut = false;
  patches = 0;
  readonly lock: ClaimLock;

  constructor(t: TestContext) {
    const run = {
      clock: {
        now: () => new Date(this.wallSeconds * 1000),
        monotonicMs: () => this.monotonicSeconds * 1000,
        sleep: () => new Promise<never>(() => {}),
      },
      cluster: {
        now: () => new Date(this.wallSeconds * 1000),
        leases: {
          read: async () => this.lease,
          patch: async (lease: Lease) => this.#patch(lease),
          delete: async () => undefined,
        },
      },
      reporter: { warn: () => undefined, detail: () => undefined },
      command: (...words: readonly string[]) => words.join(' '),
    } as unknown as Run;
    this.lock = new ClaimLock(run, taken, momentOf(run));
    t.after(() => this.lock.release());
  }

  #patch(lease: Lease): Lease {
    if (this.isCut) throw new ConnectionError('no connection', 'wait', { passing: true });
    if (this.lease === undefined) throw new ApiError(404, 'NotFound', 'gone');
    if (lease.resourceVersion !== this.lease.resourceVersion) throw new ApiError(409, 'Conflict', 'newer');
    this.patches += 1;
    this.touch({});
    return this.lease;
  }

  /** By somebody else, unless it is `#patch`. */
  touch(change: Partial<Lease>): void {
    const version = String(Number(this.lease?.resourceVersion ?? 0) + 1);
    this.lease = { ...(this.lease ?? taken), ...change, resourceVersion: version };
  }
}

test('a lock that was renewed a moment ago is not asked about', async (t) => {
  const scene = new Scene(t);
  scene.monotonicSeconds += 19;
  scene.wallSeconds += 19;
  await scene.lock.check();
  assert.equal(scene.patches, 0);
});

for (const [title, monotonic, wall] of [
  ['that was not renewed for a while', 20, 20],
  ['of a machine that slept, whose one clock stood still', 0, 3600],
  ['of a machine whose time was set back', 20, -3600],
] as const) {
  test(`a lock ${title} is renewed before the next change`, async (t) => {
    const scene = new Scene(t);
    scene.monotonicSeconds += monotonic;
    scene.wallSeconds += wall;
    await scene.lock.check();
    assert.equal(scene.patches, 1);
    await scene.lock.check();
    assert.equal(scene.patches, 1);
  });
}

test('a lock that cannot be renewed lets nothing through, and is not lost', async (t) => {
  const scene = new Scene(t);
  scene.wallSeconds += 60;
  scene.isCut = true;
  await assert.rejects(scene.lock.check(), /no connection/);
  scene.isCut = false;
  await scene.lock.check();
  assert.equal(scene.lock.lost.aborted, false);
});

test('somebody who only labels the lease does not take it away', async (t) => {
  const scene = new Scene(t);
  scene.touch({ labels: { team: 'shop' } });
  await scene.lock.confirm();
  assert.equal(scene.lock.lost.aborted, false);
});

for (const [title, change, said] of [
  [
    'another run has taken',
    { holder: '20260102030405-zzzzz', transitions: 1 },
    /taken over: run 20260102030405-zzzzz by unknown on unknown, since 2026-01-02T03:04:05Z/,
  ],
  ['the same run has taken elsewhere', { transitions: 1 }, /taken over: run 20260102030405-bcdfg/],
  ['somebody has removed and made anew', { uid: 'def' }, /taken over/],
] as const) {
  test(`a lock that ${title} is lost for good`, async (t) => {
    const scene = new Scene(t);
    scene.touch(change);
    scene.wallSeconds += 60;
    await assert.rejects(scene.lock.check(), { code: 'lock-lost', message: said });
    assert.equal(scene.lock.lost.aborted, true);
    scene.lease = taken;
    await assert.rejects(scene.lock.check(), { code: 'lock-lost' });
  });
}

test('a lock that is gone is lost', async (t) => {
  const scene = new Scene(t);
  scene.lease = undefined;
  await assert.rejects(scene.lock.confirm(), { code: 'lock-lost', message: /is gone/ });
});
