/**
 * Finds the pod in which the app's files can be read: the app's own while it runs, else a reader pod. A pod that is
 * just being replaced is waited for. The app itself is only looked at.
 */
import { isStatus } from '../cluster/connection-error.ts';
import { holdsItsClaims, isBackupHelper, isReady, isRunPod } from '../domain/pod.ts';
import { replicasOf } from '../domain/workload.ts';
import type { Run } from '../runbook/run.ts';
import { WaitTimeout, waitUntil } from '../runbook/wait-until.ts';
import type { App, AppFiles, AppPod } from './app.ts';
import { appForbidden } from './app-access.ts';
import { type PodState, stateOf } from './app-pod-state.ts';
import { lostNode } from './held-volume.ts';
import { type ReaderOptions, type ReaderPod, startReaderPod } from './reader-pod.ts';

/** A Deployment's new pod needs a moment, above all where the old one takes its grace period. */
const replacementSeconds = 45;

/** Asks for nothing yet. */
export function openAppFiles(run: Run, app: App, options: ReaderOptions): AppFiles {
  const finder = new PodFinder(run, app, options);
  let turn: Promise<unknown> = Promise.resolve();
  return {
    app,
    pod: () => {
      const found = turn.then(() => finder.find());
      turn = found.catch(() => undefined);
      return found;
    },
    close: async () => {
      await turn;
      await finder.close();
    },
  };
}

/** One at a time. */
class PodFinder {
  readonly #run: Run;
  readonly #app: App;
  readonly #options: ReaderOptions;
  #reader: ReaderPod | undefined;

  constructor(run: Run, app: App, options: ReaderOptions) {
    this.#run = run;
    this.#app = app;
    this.#options = options;
  }

  async find(): Promise<AppPod> {
    if (this.#reader !== undefined) {
      if (await this.#isAlive(this.#reader)) return this.#reader;
      await this.close();
    }
    const own = await this.#ownPod();
    if (own !== undefined) return own;
    this.#run.reporter.info('a pod of this tool reads its claim instead');
    this.#reader = await startReaderPod(this.#run, this.#app, this.#options);
    return this.#reader;
  }

  async close(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    await reader?.remove();
  }

  /** Undefined when it has none, and none is coming; why is said. */
  async #ownPod(): Promise<AppPod | undefined> {
    const { clock, signal } = this.#run;
    let down = '';
    const look = async (): Promise<AppPod | 'down' | undefined> => {
      const seen = await this.#look().catch((error: unknown) => this.#refused(error));
      if (seen.isComing && down === '')
        this.#run.reporter.info(`${this.#app.catalog} ${seen.down}: waiting for it`);
      down = seen.down;
      return seen.pod ?? (seen.isComing ? undefined : 'down');
    };
    const found = await waitUntil(look, { clock, signal, timeoutSeconds: replacementSeconds }).catch(
      (error: unknown) => {
        if (error instanceof WaitTimeout) return 'down';
        throw error;
      },
    );
    if (typeof found !== 'string') return found;
    this.#run.reporter.warn(`${this.#app.catalog} ${down}`);
    return undefined;
  }

  async #look(): Promise<{ readonly pod?: AppPod; readonly down: string; readonly isComing: boolean }> {
    const { namespace, workload, container } = this.#app;
    // A selector of the name alone would find NKVM's helpers and our own pods too.
    const pods = (await this.#run.cluster.pods.list(namespace, workload.selector)).filter(
      (pod) => holdsItsClaims(pod) && !isRunPod(pod) && !isBackupHelper(pod),
    );
    const states: PodState[] = [];
    for (const pod of pods) {
      const lost = isReady(pod) ? undefined : await lostNode(this.#run, pod);
      states.push(stateOf(pod, container, lost));
    }
    const running = states.find(({ runs }) => runs)?.pod;
    if (running !== undefined) {
      const { name, uid } = running;
      return { pod: { namespace, name, uid, container }, down: '', isComing: false };
    }
    if (pods.length === 0 && (await this.#isScaledDown())) return { down: 'is scaled to 0', isComing: false };
    const words = states.map(({ pod, words }) => `pod/${pod.name} ${words}`);
    return {
      down: `has no pod that runs${words.length === 0 ? '' : `: ${words.join(', ')}`}`,
      isComing: states.length === 0 || states.some(({ isComing }) => isComing),
    };
  }

  /** Who may read a Deployment need not be one who may look at its pods. */
  async #refused(cause: unknown): Promise<never> {
    if (!isStatus(cause, 403)) throw cause;
    const { namespace, catalog } = this.#app;
    throw await appForbidden(this.#run, {
      namespace,
      what: `the pods of ${catalog} cannot be looked at`,
      cause,
    });
  }

  /** Now: it may have been scaled since it was found. */
  async #isScaledDown(): Promise<boolean> {
    const { namespace, deployment: name } = this.#app;
    const found = await this.#run.cluster.workloads.read({ kind: 'Deployment', namespace, name });
    return found === undefined || replicasOf(found) === 0;
  }

  async #isAlive(reader: ReaderPod): Promise<boolean> {
    const pod = await this.#run.cluster.pods.read(reader);
    return pod !== undefined && pod.uid === reader.uid && isReady(pod);
  }
}
