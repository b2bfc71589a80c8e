/**
 * An NKVM app in the cluster, as far as anybody can tell from outside: a Deployment with its labels, its container,
 * user, environment and claim, and a history that grows all the time. The program in it is the tests' own.
 */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { BackupApp } from './backups.ts';
import type { Scene } from './cluster-test.ts';
import { run } from './host-volume.ts';
import type { TestClaim, TestNamespace, VolumeOptions } from './namespace.ts';
import { until } from './namespace.ts';

/** Where the app has its claim. */
export const runtimeFolder = '/var/lib/nkvm';

export interface AppOptions {
  /** Default nerdy-k8s-volume-manager, as the namespace usually is called too. */
  readonly name?: string;
  /** Default delete. In a wal nothing is checkpointed, so that the newest rows are only there. */
  readonly journalMode?: 'delete' | 'wal';
  /** Default true; false: the app's container is busybox, and a second one has Python and writes. */
  readonly hasPython?: boolean;
  /** Default 20 ms; between two rows that the writer inserts. 0: it writes none. */
  readonly writesEveryMs?: number;
  /** The genuine history and archives; default: none yet, `backups` files them. */
  readonly genuine?: boolean;
  readonly volume?: VolumeOptions;
  /** Merged into the environment; an undefined value takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: the genuine history's relative paths start in the claim, otherwise the image's own, /app. */
  readonly workingDir?: string;
  readonly replicas?: number;
  /** Merged into the pod's spec; with that or `container`, nobody waits for the pod. */
  readonly pod?: object;
  /** Merged into the app's container. */
  readonly container?: object;
}

const labels = {
  'app.kubernetes.io/name': 'nerdy-k8s-volume-manager',
  'app.kubernetes.io/component': 'control-plane',
};

/** `$1` database, `$2` journal mode, `$3` milliseconds. Its rows are failed backups of writer/ticks. */
const writer = `
import sqlite3, sys, time
path, mode, every = sys.argv[1], sys.argv[2], int(sys.argv[3])
database = sqlite3.connect(path, timeout=30, isolation_level=None)
database.execute(f"PRAGMA journal_mode = {mode}")
database.execute("PRAGMA wal_autocheckpoint = 0")
tick = 0
while every:
    tick += 1
    database.execute(
        "INSERT INTO backup_history (pvc_uid, namespace, pvc_name, status, message, created_at)"
        " VALUES ('none', 'writer', 'ticks', 'failed', ?, ?)",
        (f"tick {tick}", time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())),
    )
    time.sleep(every / 1000)
while True:
    time.sleep(3600)
`;

export class InClusterApp {
  readonly namespace: TestNamespace;
  readonly name: string;
  readonly claim: TestClaim;
  /** Files backups on the app's claim; absent with the genuine history. */
  readonly #backups: BackupApp | undefined;

  private constructor(namespace: TestNamespace, claim: TestClaim, name: string, backups?: BackupApp) {
    this.namespace = namespace;
    this.claim = claim;
    this.name = name;
    this.#backups = backups;
  }

  /** In the scene's namespace; ready when it is back. `fill` files what is there from the beginning. */
  static async start(
    { t, shop }: Pick<Scene, 't' | 'shop'>,
    options: AppOptions = {},
    fill: (backups: BackupApp) => Promise<unknown> = async () => {},
  ): Promise<InClusterApp> {
    const { name = 'nerdy-k8s-volume-manager', genuine = false } = options;
    const claim = await shop.claim('nkvm-runtime-data', options.volume);
    const backups = genuine ? undefined : new BackupApp(t, { folder: claim.folder, seenAt: runtimeFolder });
    if (genuine) {
      const fixtures = join(import.meta.dirname, '..', 'fixtures', 'genuine');
      cpSync(fixtures, claim.folder, { recursive: true, preserveTimestamps: true });
    }
    const app = new InClusterApp(shop, claim, name, backups);
    if (backups) await fill(backups);
    await run('chown', ['-R', '10001:10001', claim.folder]);
    await shop.apply(deployment(name, options));
    const { replicas, pod, container } = options;
    if (replicas !== 0 && pod === undefined && container === undefined)
      await shop.rolledOut(`deployment/${name}`);
    return app;
  }

  /** For `--catalog`. */
  get ref(): string {
    return `app:${this.namespace.name}/${this.name}`;
  }

  get backups(): BackupApp {
    if (this.#backups === undefined) throw new Error('the genuine history is not added to');
    return this.#backups;
  }

  /** The names of its pods, terminating ones included. */
  async pods(): Promise<readonly string[]> {
    const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    const pods = await this.namespace.list('pods', '-l', selector.join(','));
    return pods.map(({ metadata }) => metadata.name);
  }

  /** Scales and waits until it has so many pods. */
  async scale(replicas: number): Promise<void> {
    await this.namespace.kubectl(['scale', `deployment/${this.name}`, `--replicas=${replicas}`]);
    await until(async () => (await this.pods()).length === replicas);
    await this.namespace.rolledOut(`deployment/${this.name}`);
  }

  /** Runs a command in the app's own container. */
  exec(...command: readonly string[]): Promise<string> {
    return this.namespace.kubectl(['exec', `deployment/${this.name}`, '-c', 'app', '--', ...command]);
  }
}

function deployment(name: string, options: AppOptions): object {
  const { hasPython = true, journalMode = 'delete', writesEveryMs = 20, genuine, replicas = 1 } = options;
  const database = `${runtimeFolder}/data/backups.db`;
  const env = {
    NKVM_METADATA_DB_PATH: database,
    NKVM_BACKUP_DIR: `${runtimeFolder}/backups`,
    ...options.env,
  };
  const workingDir = options.workingDir ?? (genuine ? runtimeFolder : undefined);
  const common = {
    imagePullPolicy: 'IfNotPresent',
    env: Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : { name, value })),
    volumeMounts: [{ name: 'runtime-data', mountPath: runtimeFolder }],
    ...(workingDir !== undefined && { workingDir }),
  };
  const python = {
    ...common,
    image: 'nkvm.local/app:1',
    command: ['python3', '-c', writer, database, journalMode, String(writesEveryMs)],
  };
  const busybox = {
    ...common,
    image: 'nkvm.local/busybox:1',
    command: ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done'],
  };
  const containers = hasPython
    ? [{ name: 'app', ...python, ...options.container }]
    : [
        { name: 'writer', ...python },
        { name: 'app', ...busybox, ...options.container },
      ];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          securityContext: { runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001 },
          containers,
          volumes: [{ name: 'runtime-data', persistentVolumeClaim: { claimName: 'nkvm-runtime-data' } }],
          ...options.pod,
        },
      },
    },
  };
}
