/**
 * Volume snapshots in the cluster under test, as an administrator installs them: the API, the real snapshot controller
 * and sidecar, and a CSI driver of our own whose volumes are folders (test/support/csi-driver). Nothing of it is there
 * before `start` or after `stop`. The programs run beside the kubelet, so that must be a process of this machine.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkout, cluster, kubectl, scratch, skipWithoutCluster } from './cluster.ts';
import { until } from './namespace.ts';

const kinds = ['volumesnapshots', 'volumesnapshotcontents', 'volumesnapshotclasses'].map(
  (plural) => `${plural}.snapshot.storage.k8s.io`,
);

/** What a class of the driver asks of it: `refuse` makes no snapshot, `linger` is never done with one. */
export type Behaviour = 'work' | 'refuse' | 'linger';

export class SnapshotSystem {
  /** The CSI driver's name, which is another one each time. */
  readonly driver = `folders-${randomBytes(4).toString('hex')}.nkvm.test`;
  /** Of the driver: a folder for each snapshot. */
  readonly snapshots: string;
  readonly #home = mkdtempSync(join(tmpdir(), 'nkvm-csi-'));
  readonly #programs: ChildProcess[] = [];

  private constructor() {
    this.snapshots = join(this.#home, 'snapshots');
    mkdirSync(this.snapshots);
  }

  static async start(): Promise<SnapshotSystem> {
    const system = new SnapshotSystem();
    try {
      await system.#start(builtPrograms());
      return system;
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  async #start(built: string): Promise<void> {
    const { driver } = this;
    await kubectl(['apply', '-f', join(built, 'crds')]);
    await kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', ...kinds]);
    await kubectl(['apply', '-f', '-'], { input: JSON.stringify(csiDriver(driver)) });
    const [node = ''] = (await kubectl(['get', 'nodes', '-o', 'name'])).trim().split('\n');
    const socket = join(this.#home, 'driver.sock');
    // A snapshot that is deleted while it is being made is looked at again only then: by default after minutes.
    const toApi = ['--kubeconfig', cluster().kubeconfig, '--retry-interval-max', '1s'];
    this.#launch(join(built, 'csi-driver'), [
      ...['--name', driver, '--node', node.replace('node/', ''), '--socket', socket],
      ...[
        '--snapshots',
        this.snapshots,
        '--register',
        join(kubeletRoot(), 'plugins_registry', `${driver}.sock`),
      ],
    ]);
    await until(async () => existsSync(socket));
    this.#launch(join(built, 'csi-snapshotter'), [...toApi, '--csi-address', socket]);
    this.#launch(join(built, 'snapshot-controller'), toApi);
    const registered = ['get', 'csinodes', '-o', 'jsonpath={.items[*].spec.drivers[*].name}'];
    await until(async () => (await kubectl(registered)).split(' ').includes(driver));
  }

  /** Makes a VolumeSnapshotClass of the driver. */
  async addClass(name: string, behaviour: Behaviour, isDefault: boolean): Promise<void> {
    const annotations = { 'snapshot.storage.kubernetes.io/is-default-class': String(isDefault) };
    const input = JSON.stringify({
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshotClass',
      metadata: { name, annotations },
      driver: this.driver,
      deletionPolicy: 'Delete',
      parameters: { behaviour },
    });
    await kubectl(['apply', '-f', '-'], { input });
  }

  /** Waits for the controller to take the snapshots of namespaces that go: without it they would stay. */
  async stop(): Promise<void> {
    try {
      await kubectl(['delete', 'volumesnapshots', '--all', '-A', '--wait=false']).catch(() => '');
      const left = ['get', 'volumesnapshotcontents', '-o', 'name'];
      await until(async () => (await kubectl(left).catch(() => '')) === '').catch(() => undefined);
    } finally {
      for (const program of this.#programs) program.kill('SIGTERM');
      await Promise.all(this.#programs.map(ended));
      await kubectl(['delete', 'csidriver', this.driver, '--ignore-not-found']);
      await kubectl(['delete', 'crd', ...kinds, '--ignore-not-found', '--timeout=30s']);
      rmSync(this.#home, { recursive: true, force: true });
    }
  }

  #launch(program: string, args: readonly string[]): void {
    const log = openSync(join(this.#home, `${this.#programs.length}.log`), 'w');
    const env = { PATH: cluster().path, HOME: scratch };
    this.#programs.push(spawn(program, args, { env, stdio: ['ignore', log, log] }));
  }
}

/** Their folder. Compiles them if this machine never did, which takes minutes. */
export function builtPrograms(): string {
  const args = ['snapshots'];
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  return execFileSync(join(checkout, 'scripts', 'cluster'), args, { stdio: [...stdio] })
    .toString()
    .trim();
}

/** For `skip`. With `CI` set the tests run, and fail with the reason. */
export const skipWithoutKubelet: string | false =
  skipWithoutCluster ||
  (!process.env['CI'] && findKubeletRoot() === undefined
    ? 'the kubelet is no process of this machine: a CSI driver cannot run beside it'
    : false);

function kubeletRoot(): string {
  const root = findKubeletRoot();
  if (root === undefined) throw new Error('the kubelet is no process of this machine');
  return root;
}

/** Of the kubelet that talks to the cluster under test; there may be others. */
function findKubeletRoot(): string | undefined {
  const server = /server: (\S+)/.exec(readFileSync(cluster().kubeconfig, 'utf8'))?.[1];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const words = wordsOf(pid);
    const flag = (name: string) =>
      words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
    const kubeconfig = flag('kubeconfig');
    if (!words.slice(0, 2).some((word) => /(^|\/)kubelet$/.test(word)) || kubeconfig === undefined) continue;
    if (!existsSync(kubeconfig) || !readFileSync(kubeconfig, 'utf8').includes(`server: ${server}\n`))
      continue;
    return flag('root-dir') ?? '/var/lib/kubelet';
  }
  return undefined;
}

function wordsOf(pid: string): readonly string[] {
  try {
    return readFileSync(join('/proc', pid, 'cmdline'), 'utf8').split('\0');
  } catch {
    // It has ended meanwhile.
    return [];
  }
}

function ended(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => program.once('exit', () => resolve()));
}

/** Nothing is attached to a node first, and nobody changes owners. */
function csiDriver(name: string): object {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIDriver',
    metadata: { name },
    spec: { attachRequired: false, podInfoOnMount: false, fsGroupPolicy: 'None' },
  };
}
