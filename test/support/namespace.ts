/** A namespace of one test's own, used as an operator uses one: through kubectl. It goes after the test, volumes too. */
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KubectlOptions, kubectl } from './cluster.ts';
import { type HostVolume, type HostVolumeOptions, hostVolume } from './host-volume.ts';

/** As kubectl prints it; a test reads what it needs. */
export interface KubeObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

export interface VolumeOptions extends HostVolumeOptions {
  /** Default nkvm-manual, bound at once; nkvm-wait binds when a pod comes. */
  readonly storageClass?: 'nkvm-manual' | 'nkvm-wait';
  readonly accessMode?: string;
  /** A volume of the tests' own CSI driver, by the name under which it runs; see snapshot-system.ts. */
  readonly csiDriver?: string;
}

/** A claim and the folder on this machine that holds its data. */
export interface TestClaim {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly folder: string;
}

export class TestNamespace {
  readonly name: string;
  readonly #volumes: HostVolume[] = [];

  private constructor(name: string) {
    this.name = name;
  }

  static async create(t: TestContext): Promise<TestNamespace> {
    const namespace = new TestNamespace(`nkvm-test-${randomBytes(4).toString('hex')}`);
    const { name } = namespace;
    t.after(() => namespace.#remove());
    const metadata = { name, labels: { 'nkvm.dev/test': 'true' } };
    await kubectl(['create', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata }),
    });
    // Pods are refused until it is there.
    await until(() => kubectl(['-n', name, 'get', 'serviceaccount', 'default']).then(Boolean, () => false));
    return namespace;
  }

  /** `kubectl -n NAME ARGS…` */
  kubectl(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
    return kubectl(['-n', this.name, ...args], options);
  }

  /** `kubectl apply -f -` */
  async apply(...objects: readonly object[]): Promise<void> {
    const input = objects.map((object) => JSON.stringify(object)).join('\n---\n');
    await this.kubectl(['apply', '-f', '-'], { input });
  }

  /** `ref` is KIND/NAME. */
  async get(ref: string): Promise<KubeObject> {
    return JSON.parse(await this.kubectl(['get', ref, '-o', 'json'])) as KubeObject;
  }

  async list(kinds: string, ...args: readonly string[]): Promise<readonly KubeObject[]> {
    const { items } = JSON.parse(await this.kubectl(['get', kinds, '-o', 'json', ...args]));
    return items as readonly KubeObject[];
  }

  /** A PersistentVolume kept for the claim of that name, which may come later, as from a StatefulSet. */
  async volume(claim: string, options: VolumeOptions = {}): Promise<string> {
    const { storageClass = 'nkvm-manual', accessMode = 'ReadWriteOnce' } = options;
    const volume = await hostVolume(options);
    this.#volumes.push(volume);
    const path = volume.folder;
    const [node] = (await kubectl(['get', 'nodes', '-o', 'name'])).trim().split('\n');
    const hostname = { key: 'kubernetes.io/hostname', operator: 'In', values: [node?.replace('node/', '')] };
    await this.apply({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `${this.name}-${claim}`, labels: this.#volumeLabels(claim) },
      spec: {
        storageClassName: storageClass,
        capacity: { storage: '1Gi' },
        accessModes: [accessMode],
        persistentVolumeReclaimPolicy: 'Retain',
        ...(storageClass === 'nkvm-manual'
          ? { ...sourceOf(path, options), claimRef: { namespace: this.name, name: claim } }
          : {
              local: { path },
              nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [hostname] }] } },
            }),
      },
    });
    return path;
  }

  /** A claim, bound unless its class waits for a pod. */
  async claim(name: string, options: VolumeOptions = {}): Promise<TestClaim> {
    const folder = await this.volume(name, options);
    return { namespace: this.name, name, folder, uid: await this.#applyClaim(name, options) };
  }

  /** The same name on the same volume, but another claim. */
  async recreateClaim(claim: TestClaim): Promise<TestClaim> {
    await this.kubectl(['delete', 'pvc', claim.name]);
    const unbind = JSON.stringify({ spec: { claimRef: { uid: null, resourceVersion: null } } });
    await kubectl(['patch', 'pv', `${this.name}-${claim.name}`, '--type=merge', '-p', unbind]);
    return { ...claim, uid: await this.#applyClaim(claim.name, {}) };
  }

  /** `ref` is deployment/NAME or statefulset/NAME. */
  async rolledOut(ref: string): Promise<void> {
    await this.kubectl(['rollout', 'status', ref, '--timeout=60s']);
  }

  async #applyClaim(name: string, options: VolumeOptions): Promise<string> {
    const { storageClass = 'nkvm-manual', accessMode = 'ReadWriteOnce' } = options;
    await this.apply({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name },
      spec: {
        storageClassName: storageClass,
        accessModes: [accessMode],
        resources: { requests: { storage: '1Gi' } },
        selector: { matchLabels: this.#volumeLabels(name) },
      },
    });
    const phase = storageClass === 'nkvm-manual' ? 'Bound' : 'Pending';
    await this.kubectl(['wait', `pvc/${name}`, `--for=jsonpath={.status.phase}=${phase}`, '--timeout=30s']);
    return (await this.get(`pvc/${name}`)).metadata.uid;
  }

  #volumeLabels(claim: string): Record<string, string> {
    return { 'nkvm.dev/test': this.name, 'nkvm.dev/test-claim': claim.slice(0, 63) };
  }

  /**
   * Does not wait for the namespace itself, which takes some seconds more, only for what holds the volumes. That is
   * deleted by kind because the namespace's own controller is slow, and at times passes over what is very young.
   */
  async #remove(): Promise<void> {
    await kubectl(['delete', 'namespace', this.name, '--wait=false', '--ignore-not-found']);
    const kinds = 'cronjobs,jobs,daemonsets,deployments,statefulsets,replicasets,pods,pvc';
    await this.kubectl(['delete', kinds, '--all', '--wait=false', '--ignore-not-found']);
    await kubectl(['delete', 'pv', '-l', `nkvm.dev/test=${this.name}`, '--wait=false']);
    await until(async () => (await this.kubectl(['get', 'pods', '-o', 'name'])) === '');
    for (const volume of this.#volumes) await volume.remove();
  }
}

/** Of a PersistentVolume: the folder, as kubelet's own or as a CSI driver's. */
function sourceOf(path: string, { csiDriver }: VolumeOptions): object {
  return csiDriver === undefined
    ? { hostPath: { path, type: 'Directory' } }
    : { csi: { driver: csiDriver, volumeHandle: path } };
}

/** Asks until the answer is true; rejects after a minute. */
export async function until(isTrue: () => Promise<boolean>, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${isTrue}`);
    await sleep(200);
  }
}
