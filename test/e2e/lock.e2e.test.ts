/** The lock of a claim: who gets it, who is told, and what a run does that has lost it. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { failureOf, leftOn, recordOf, restoreArgs, steady } from '../support/failed-restore.ts';
import { lockOf, locksOf } from '../support/locks.ts';
import { Operator, type RunningPlugin } from '../support/plugin.ts';
import { openShop, type Shop } from '../support/stopping-points.ts';
import { apiServer, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { volumeState, wholeObjects } from '../support/volume-state.ts';

const asFound = ['Deployment/orders at 2', 'PersistentVolumeClaim/orders-data'];

clusterTest(
  'of two restores at once one goes on, and the other is told who and from where',
  async (scene) => {
    const shop = await openShop(scene, {});
    const people = ['ann', 'bob'].map((name) => ({ name, operator: new Operator(scene.t) }));

    const both = await Promise.all(
      people.map(({ name, operator }) => operator.run(restoreArgs(shop, shop.backup, '--operator', name))),
    );

    const winner = both.findIndex(({ exitCode }) => exitCode === 0);
    const loser = both[1 - winner];
    assert(loser !== undefined && winner >= 0, both.map(({ stderr }) => stderr).join('\n'));
    const { exitCode, code, message, next } = failureOf(shop, loser);
    assert.deepEqual(
      { exitCode, code, message, next, left: await leftOn(shop.shop), locks: await locksOf(shop.shop) },
      {
        exitCode: 12,
        code: 'run-in-progress',
        message: `persistentvolumeclaim/orders-data is locked by run RUN by ${people[winner]?.name} on HOST, since TIME`,
        next: ['kubectl nkvm cleanup RUN -n NS'],
        left: asFound,
        locks: [],
      },
    );
  },
);

clusterTest(
  'a killed run blocks the next one for as long as its lock lasts, and its pod goes',
  async (scene) => {
    const shop = await openShop(scene, { backup: 8 });
    const { killed } = await halfway(shop);
    killed.kill('SIGKILL');
    await killed.exited;
    const [first] = scene.operator.records();
    const left = await locksOf(scene.shop);

    const { exitCode, stderr } = await new Operator(scene.t).run(restoreArgs(shop, shop.backup));

    assert.deepEqual(
      { exitCode, left, after: await leftOn(scene.shop), locks: await locksOf(scene.shop) },
      { exitCode: 0, left: [`orders-data of ${first?.run}`], after: asFound, locks: [] },
      stderr,
    );
    const said = steady(scene.shop, stderr);
    assert.match(
      said,
      /orders-data is locked by run RUN .*: waiting at most 30 s to see whether it is alive\n/,
    );
    assert.match(said, /the lock of orders-data is taken over from run RUN/);
    assert.match(said, /pod\/nkvm-restore-RUN of a dead run is removed\n *pod\/nkvm-restore-RUN deleted\n/);
  },
);

clusterTest(
  '[lock-lost] a run that wakes up after its lock was taken over changes nothing',
  async (scene) => {
    const shop = await openShop(scene, { backup: 8 });
    const { killed: sleeper, proxy } = await halfway(shop);
    sleeper.kill('SIGSTOP');
    const other = new Operator(scene.t);
    const taker = await other.run(restoreArgs(shop, shop.backup, '--hold', '--operator', 'bob'));
    assert.equal(taker.exitCode, 0, taker.stderr);
    const objects = await wholeObjects(scene.shop, `${everything},leases`);
    const volume = volumeState(shop.claim.folder);

    proxy.release();
    sleeper.kill('SIGCONT');
    const woken = await sleeper.exited;

    const { exitCode, code, message } = failureOf(shop, woken);
    assert.deepEqual(
      { exitCode, code, message },
      {
        exitCode: 12,
        code: 'lock-lost',
        message: 'the lock of orders-data was taken over: run RUN by bob on HOST, since TIME',
      },
      woken.stderr,
    );
    assert.deepEqual(await wholeObjects(scene.shop, `${everything},leases`), objects);
    assert.deepEqual(volumeState(shop.claim.folder), volume);
    const { workloads, leftBehind } = recordOf(woken.stdout);
    assert.deepEqual(
      { workloads, leftBehind },
      { workloads: [{ kind: 'Deployment', name: 'orders', replicasBefore: 2 }], leftBehind: [] },
    );
  },
);

clusterTest('a run that slept while nobody wanted its lock goes on', async (scene) => {
  const shop = await openShop(scene, { backup: 8 });
  const { killed: sleeper, proxy } = await halfway(shop);
  sleeper.kill('SIGSTOP');
  await sleep(35_000);
  proxy.release();
  sleeper.kill('SIGCONT');
  const { exitCode, stderr } = await sleeper.exited;
  assert.deepEqual([exitCode, await leftOn(scene.shop)], [0, asFound], stderr);
});

clusterTest('of two that continue a held run one does', async (scene) => {
  const { shop, operator } = scene;
  const place = await openShop(scene, {});
  const held = await operator.run(restoreArgs(place, place.backup, '--hold'));
  const { run } = recordOf(held.stdout, held.stderr);
  assert.deepEqual(await locksOf(shop), [`orders-data of ${run}, held`]);
  const args = ['restore', '--continue', run, '-n', shop.name, '--yes', '-o', 'json'];

  const both = await Promise.all([new Operator(scene.t).run(args), new Operator(scene.t).run(args)]);

  const loser = both.find(({ exitCode }) => exitCode !== 0);
  const said = both.map(({ stderr }) => stderr).join('\n');
  assert.deepEqual(both.map(({ exitCode }) => exitCode).sort(), [0, 12], said);
  // The later it comes, the less there is to find.
  assert.match(
    loser === undefined ? '' : (failureOf(scene, loser).code ?? ''),
    /^run-(in-progress|unknown)$/,
  );
  assert.deepEqual([await leftOn(shop), await locksOf(shop)], [asFound, []]);
});

clusterTest('what the clock of a lock’s holder says makes it neither live nor dead', async (scene) => {
  const { shop, operator } = scene;
  const place = await openShop(scene, {});
  const years = { dead: '2099-01-01T00:00:00.000000Z', live: '2001-01-01T00:00:00.000000Z' };
  await shop.apply(lockOf(place.claim, years.live));
  const renewing = new AbortController();
  const renewed = (async () => {
    for (let second = 0; !renewing.signal.aborted; second++) {
      const renewTime = `2001-01-01T00:00:${String(second % 60).padStart(2, '0')}.000000Z`;
      const patch = JSON.stringify({ spec: { renewTime } });
      await shop.kubectl(['patch', `lease/nkvm-${place.claim.uid}`, '--type=merge', '-p', patch]);
      await sleep(2000);
    }
  })();
  const refused = failureOf(scene, await operator.run(restoreArgs(place, place.backup)));
  renewing.abort();
  await renewed;
  await shop.apply(lockOf(place.claim, years.dead));

  const { exitCode, stderr } = await operator.run(restoreArgs(place, place.backup));

  assert.deepEqual(
    { refused: refused.message, exitCode, left: await leftOn(shop) },
    {
      refused: 'persistentvolumeclaim/orders-data is locked by run RUN by zoe on laptop-7, since TIME',
      exitCode: 0,
      left: asFound,
    },
    stderr,
  );
});

const everything = 'deployments,replicasets,pods,persistentvolumeclaims';

/** A restore with half of its archive sent, which stays there. */
async function halfway(shop: Shop): Promise<{ killed: RunningPlugin; proxy: TcpProxy }> {
  const proxy = await startTcpProxy(shop.t, await apiServer());
  proxy.holdUploadsAfter(4 * 2 ** 20);
  const killed = begin(shop, proxy);
  await Promise.race([proxy.held, killed.until('Step 5')]);
  return { killed, proxy };
}

function begin(shop: Scene & Pick<Shop, 'backup'>, proxy: TcpProxy): RunningPlugin {
  return shop.operator.start(restoreArgs(shop, shop.backup, '--server', proxy.server));
}
