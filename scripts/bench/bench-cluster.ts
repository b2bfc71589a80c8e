/** What the benchmark has in the cluster: a namespace of its own, a volume for each contender, and the runbook's pod. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export const image = 'nkvm.local/busybox:1';
/** With Python. */
const appImage = 'nkvm.local/app:1';
const cluster = join(import.meta.dirname, '..', 'cluster');

function startCluster(): string {
  return execFileSync(cluster, ['up'], { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
}

export class BenchCluster {
  readonly namespace = `nkvm-bench-${process.pid}`;
  readonly env: NodeJS.ProcessEnv;
  readonly #folder = mkdtempSync('/var/tmp/nkvm-bench-');
  readonly #wasUp: boolean;

  /** Uses the cluster that `NKVM_TEST_KUBECONFIG` names; else starts this checkout's unless it is up. */
  constructor() {
    const named = process.env['NKVM_TEST_KUBECONFIG'];
    this.#wasUp = named !== undefined || spawnSync(cluster, ['status'], { stdio: 'ignore' }).status === 0;
    const said = named === undefined ? startCluster() : `export KUBECONFIG=${named}`;
    const value = (name: string) => new RegExp(`^export ${name}=([^:\n]+)`, 'm').exec(said)?.[1] ?? '';
    this.env = {
      PATH: `${value('PATH')}:${process.env['PATH']}`,
      KUBECONFIG: value('KUBECONFIG'),
      HOME: this.#folder,
      NKVM_STATE_DIR: this.#folder,
      NKVM_CACHE_DIR: this.#folder,
      NKVM_HELPER_IMAGE: image,
    };
    chmodSync(this.#folder, 0o755);
    this.#create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace } });
  }

  file(name: string): string {
    return join(this.#folder, name);
  }

  /** A claim on an empty folder; gives its UID. */
  claim(name: string): string {
    const resources = { storage: '4Gi' };
    const common = { accessModes: ['ReadWriteOnce'], storageClassName: 'nkvm-manual' };
    mkdirSync(this.file(name));
    this.#create({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `${this.namespace}-${name}` },
      spec: {
        ...common,
        capacity: resources,
        hostPath: { path: this.file(name) },
        claimRef: { namespace: this.namespace, name },
      },
    });
    this.#create({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace: this.namespace },
      spec: { ...common, resources: { requests: resources } },
    });
    const claim = `persistentvolumeclaim/${name}`;
    this.kubectl('wait', claim, '--for=jsonpath={.status.phase}=Bound', '--timeout=60s');
    return this.kubectl('get', claim, '-o', 'jsonpath={.metadata.uid}');
  }

  empty(claim: string): void {
    for (const entry of readdirSync(this.file(claim)))
      rmSync(join(this.file(claim), entry), { recursive: true });
  }

  /** The pod of runbook step 3, as the runbook has it. */
  runbookPod(claim: string): string {
    const name = 'runbook';
    const restore = { name: 'target', mountPath: '/restore' };
    const command = ['sh', '-c', 'trap "exit 0" TERM; sleep 36000 & wait'];
    const container = { name: 'restore-helper', image, imagePullPolicy: 'IfNotPresent', command };
    this.#create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: this.namespace },
      spec: {
        restartPolicy: 'Never',
        containers: [{ ...container, volumeMounts: [restore] }],
        volumes: [{ name: 'target', persistentVolumeClaim: { claimName: claim } }],
      },
    });
    this.kubectl('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=180s');
    return name;
  }

  /** One replica that mounts the claim and does nothing, ready. */
  deployment(name: string, claim: string): void {
    const labels = { app: name };
    const command = ['sh', '-c', 'trap "exit 0" TERM; sleep 36000 & wait'];
    const mount = { name: 'data', mountPath: '/data' };
    this.#create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: this.namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              { name: 'app', image, imagePullPolicy: 'IfNotPresent', command, volumeMounts: [mount] },
            ],
            volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
          },
        },
      },
    });
    this.kubectl('rollout', 'status', `deployment/${name}`, '--timeout=180s');
  }

  /** An NKVM app of that name, with what `fill` puts on its claim. Gives its pod's name. */
  app(name: string, fill: (folder: string) => void): string {
    this.claim(name);
    fill(this.file(name));
    const labels = {
      'app.kubernetes.io/name': 'nerdy-k8s-volume-manager',
      'app.kubernetes.io/component': 'control-plane',
    };
    const container = {
      name: 'app',
      image: appImage,
      imagePullPolicy: 'IfNotPresent',
      command: ['sh', '-c', 'trap "exit 0" TERM; sleep 36000 & wait'],
      env: [
        { name: 'NKVM_METADATA_DB_PATH', value: '/var/lib/nkvm/data/backups.db' },
        { name: 'NKVM_BACKUP_DIR', value: '/var/lib/nkvm/backups' },
      ],
      volumeMounts: [{ name: 'data', mountPath: '/var/lib/nkvm' }],
    };
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: name } }];
    this.#create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: this.namespace, labels },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container], volumes } },
      },
    });
    this.kubectl('rollout', 'status', `deployment/${name}`, '--timeout=180s');
    const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    return this.kubectl('get', 'pods', '-l', selector.join(','), '-o', 'jsonpath={.items[0].metadata.name}');
  }

  kubectl(...args: readonly string[]): string {
    const words = args[0] === 'delete' ? args : ['-n', this.namespace, ...args];
    return execFileSync('kubectl', words, {
      env: this.env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  remove(): void {
    const volumes = readdirSync(this.#folder).filter((name) => name.startsWith('claim-'));
    this.kubectl('delete', 'namespace', this.namespace);
    for (const name of volumes) this.kubectl('delete', 'persistentvolume', `${this.namespace}-${name}`);
    if (!this.#wasUp) spawnSync(cluster, ['down'], { stdio: 'ignore' });
    rmSync(this.#folder, { recursive: true });
  }

  #create(object: object): void {
    execFileSync('kubectl', ['create', '-f', '-'], { env: this.env, input: JSON.stringify(object) });
  }
}
