/** Step 4 over bad links: what is lost is made good, what is slow is waited out, and memory stays bounded. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FiledBackup } from '../support/backups.ts';
import { clusterTest, type Scene } from '../support/cluster-test.ts';
import { leftOn, recordOf, restoreArgs, runPod } from '../support/failed-restore.ts';
import { run } from '../support/host-volume.ts';
import { type TestClaim, until } from '../support/namespace.ts';
import type { PluginResult, RunningPlugin } from '../support/plugin.ts';
import { apiServer, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { volumeState } from '../support/volume-state.ts';

const mebibyte = 2 ** 20;
/** An archive in memory would come on top of the 100 MB that the program itself takes. */
const mostBytes = 230 * mebibyte;

clusterTest('an upload that is cut again and again goes on, and the volume is identical', async (scene) => {
  const { claim, backup, proxy, before } = await bigShop(scene, 100);
  proxy.cutUploadsAfter(3 * mebibyte, 100_000, 41 * mebibyte + 1, 17 * mebibyte);
  const { exitCode, stdout, stderr } = await restore(scene, backup, proxy);
  const { transfer, verification } = recordOf(stdout, stderr);
  const tries = stderr.match(/warning: connection lost at \S+: .*; try \d of 10 in [\d.]+ s/g) ?? [];
  assert.deepEqual(
    {
      exitCode,
      bytes: transfer?.bytes,
      said: tries.length,
      reconnects: transfer?.reconnects,
      verified: verification.outcome,
      volume: volumeState(claim.folder),
      left: await leftOn(scene.shop),
    },
    {
      exitCode: 0,
      bytes: statSync(backup.path).size,
      said: 4,
      reconnects: 4,
      verified: 'identical',
      volume: before,
      left: ['PersistentVolumeClaim/data'],
    },
    stderr,
  );
});

clusterTest('a link that stalls for longer than a ping is waited out', async (scene) => {
  const { claim, backup, proxy, before } = await bigShop(scene, 24);
  proxy.holdUploadsAfter(10 * mebibyte);
  const running = scene.operator.start(restoreArgs(scene, backup, '--server', proxy.server));
  await Promise.race([proxy.held, running.exited]);
  proxy.stall();
  await running.until(/connection lost at .*; try 1 of 10/);
  proxy.release();
  const { exitCode, stderr } = await running.exited;
  assert.deepEqual({ exitCode, volume: volumeState(claim.folder) }, { exitCode: 0, volume: before }, stderr);
});

clusterTest('a slow link is only slow, and memory stays bounded', async (scene) => {
  const { claim, backup, proxy, before } = await bigShop(scene, 160);
  proxy.throttle(16 * mebibyte);
  const running = scene.operator.start(restoreArgs(scene, backup, '--server', proxy.server));
  await running.until('Step 4: ');
  const { peakBytes, stderr, ...ended } = await watched(running, claim);
  assert.deepEqual(ended, { exitCode: 0, reconnects: 0, volume: before }, stderr);
  assert.ok(peakBytes < mostBytes, `${peakBytes} bytes`);
});

clusterTest(
  'a tar that stops reading is waited for, longer than a ping, in bounded memory',
  async (scene) => {
    const { shop } = scene;
    const { claim, backup, proxy, before } = await bigShop(scene, 160);
    proxy.holdUploadsAfter(2 * mebibyte);
    const running = scene.operator.start(restoreArgs(scene, backup, '--server', proxy.server));
    await Promise.race([proxy.held, running.exited]);
    const pod = await runPod(shop);
    const signal = (name: string) =>
      shop.kubectl(['exec', pod, '--', 'sh', '-c', 'kill "-$1" $(pidof tar)', 'sh', name]);
    await signal('STOP');
    const watching = watched(running, claim);
    proxy.release();
    await sleep(40_000);
    await signal('CONT');
    const { peakBytes, stderr, ...ended } = await watching;
    assert.deepEqual(ended, { exitCode: 0, reconnects: 0, volume: before }, stderr);
    assert.ok(peakBytes < mostBytes, `${peakBytes} bytes`);
  },
);

clusterTest('--limit-rate keeps to the rate', async (scene) => {
  const { backup, proxy } = await bigShop(scene, 8);
  const { exitCode, stdout, stderr } = await restore(scene, backup, proxy, '--limit-rate', '1M');
  const step = recordOf(stdout, stderr).steps.find((one) => one.step === '4');
  const seconds = (Date.parse(step?.finishedAt ?? '') - Date.parse(step?.startedAt ?? '')) / 1000;
  assert.equal(exitCode, 0, stderr);
  assert.ok(seconds >= 7, `${seconds} s`);
});

interface BigShop {
  readonly claim: TestClaim;
  readonly backup: FiledBackup;
  readonly proxy: TcpProxy;
  /** The volume as it was backed up; it is empty now. */
  readonly before: ReturnType<typeof volumeState>;
}

async function bigShop({ t, shop, app }: Scene, mebibytes: number): Promise<BigShop> {
  const claim = await shop.claim('data');
  const seed = await app.fileBig(claim, { mebibytes, files: 7 });
  await run('tar', ['-xzf', seed.path, '-C', claim.folder]);
  const backup = await app.backUp(claim);
  const before = volumeState(claim.folder);
  for (const name of Object.keys(before).filter((path) => path !== '.')) rmSync(`${claim.folder}/${name}`);
  return { claim, backup, before, proxy: await startTcpProxy(t, await apiServer()) };
}

function restore(
  scene: Scene,
  backup: FiledBackup,
  proxy: TcpProxy,
  ...flags: readonly string[]
): Promise<PluginResult> {
  return scene.operator.run(restoreArgs(scene, backup, '--server', proxy.server, ...flags));
}

/** How a restore ends, and the most memory that it took from now on. */
async function watched({ pid, exited }: RunningPlugin, { folder }: TestClaim) {
  const peak = peakMemoryUntil(pid, exited);
  const { exitCode, stdout, stderr } = await exited;
  const { transfer } = recordOf(stdout, stderr);
  return {
    exitCode,
    reconnects: transfer?.reconnects,
    volume: volumeState(folder),
    peakBytes: await peak,
    stderr,
  };
}

/** The largest resident set, in bytes, of what was seen of a process. */
async function peakMemoryUntil(pid: number, end: Promise<unknown>): Promise<number> {
  let isOver = false;
  void end.finally(() => {
    isOver = true;
  });
  let peak = 0;
  await until(async () => {
    const status = isOver ? '' : readFileSync(`/proc/${pid}/status`, 'utf8');
    peak = Math.max(peak, Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024);
    return isOver;
  }, 200);
  return peak;
}
