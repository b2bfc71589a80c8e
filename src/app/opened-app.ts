/**
 * The NKVM app as a catalogue, and as the place of its archives. All questions of one command go through one exec as far
 * as they come one after the other: what a history is read with is kept until its catalogue is closed.
 */
import type { Catalog } from '../catalog/catalog.ts';
import { CatalogError, nameAnother } from '../catalog/catalog-error.ts';
import type { LookedAt } from '../catalog/locate-archive.ts';
import { ApiError, ConnectionError, isStatus } from '../cluster/connection-error.ts';
import type { ClaimRef } from '../domain/claim.ts';
import { objectOf } from '../domain/cluster-object.ts';
import { messageOf } from '../domain/message-of.ts';
import { claimsOfContainer } from '../domain/reader-pod.ts';
import type { Run } from '../runbook/run.ts';
import type { RetryLimits } from '../runbook/transfer/patience.ts';
import type { Archives } from '../sources/archives.ts';
import type { AppFiles, AppPod } from './app.ts';
import { appForbidden } from './app-access.ts';
import { appArchives } from './app-archives.ts';
import { type LoadedSqlite, loadSqlite, readHistory } from './app-history.ts';
import { type AppPlaces, askPlaces } from './app-places.ts';
import { AppShell, ShellEnded } from './app-shell.ts';
import { lookAtFiles } from './look-at-files.ts';

export interface OpenedAppOptions {
  /** Loads better-sqlite3's addon; undefined leaves it to the package. */
  readonly nativeBinding: () => Promise<object | undefined>;
  readonly retry: RetryLimits;
  /** Where an archive is kept while it is read. */
  readonly spoolFolder: string;
}

const tries = 3;
const pauseMs = 500;

export class OpenedApp {
  /** `app:NAMESPACE/DEPLOYMENT`. */
  readonly name: string;
  readonly #run: Run;
  readonly #files: AppFiles;
  readonly #options: OpenedAppOptions;
  #open: { readonly pod: AppPod; readonly shell: AppShell } | undefined;
  #closing: Promise<unknown> = Promise.resolve();
  #places: AppPlaces | undefined;
  #loaded: Promise<LoadedSqlite> | undefined;

  constructor(run: Run, files: AppFiles, options: OpenedAppOptions) {
    this.#run = run;
    this.#files = files;
    this.#options = options;
    this.name = files.app.catalog;
  }

  /** `meanwhile`: what there is to do while the app is at work. Rejects with a CatalogError or a ConnectionError. */
  async openCatalog(meanwhile: () => Promise<void>): Promise<Catalog> {
    const bytes = await this.readHistory({ keepShell: true, meanwhile });
    const { options, historyInMemory } = await this.#sqlite();
    const catalog = historyInMemory(this.name, bytes, options);
    return {
      ...catalog,
      close: () => {
        catalog.close();
        this.#endShell();
      },
    };
  }

  /** Whether the app's container mounts this claim: its history or its archives lie there. */
  owns({ namespace, name }: ClaimRef): boolean {
    const { app } = this.#files;
    const template = objectOf(app.workload.object.spec['template']);
    return namespace === app.namespace && claimsOfContainer(template, app.container).includes(name);
  }

  /** The whole history as a database in memory, of one moment. */
  readHistory({ keepShell = false, meanwhile = async () => {} } = {}): Promise<Buffer> {
    return this.#ask(keepShell, async (shell) => {
      const asked = this.#run.clock.sleep(0);
      const [bytes] = await Promise.all([
        this.#readFrom(shell),
        asked.then(() => this.#sqlite()),
        asked.then(meanwhile),
      ]);
      return bytes;
    });
  }

  async #readFrom(shell: AppShell): Promise<Buffer> {
    const { database } = await this.#placesOf(shell);
    const request = { name: `${this.name}:${database}`, path: database, sqlite: () => this.#sqlite() };
    return readHistory(this.#run, shell, request);
  }

  /** Takes a moment: it is loaded while the app is at work. */
  #sqlite(): Promise<LoadedSqlite> {
    this.#loaded ??= loadSqlite(this.#options.nativeBinding);
    return this.#loaded;
  }

  /** `archiveDir`: a folder in the app's pod where archives are looked for too. */
  archives(archiveDir: string | undefined): Archives {
    return appArchives(this.#run, {
      files: this.#files,
      places: async () => {
        const { folder, database, backups } = this.#places ?? (await this.#ask(false, askPlaces));
        const archiveDirs = [...(archiveDir === undefined ? [] : [archiveDir]), backups];
        return { cwd: folder, catalog: database, archiveDirs, inPod: true };
      },
      look: (paths): Promise<readonly LookedAt[]> => this.#ask(false, (shell) => lookAtFiles(shell, paths)),
      retry: this.#options.retry,
      spoolFolder: this.#options.spoolFolder,
    });
  }

  async close(): Promise<void> {
    this.#endShell();
    await this.#closing;
    await this.#files.close();
  }

  async #placesOf(shell: AppShell): Promise<AppPlaces> {
    this.#places ??= await askPlaces(shell);
    return this.#places;
  }

  /** Asks in the conversation that is open, else in one of its own; another pod is tried where one is lost. */
  async #ask<T>(keepShell: boolean, question: (shell: AppShell) => Promise<T>): Promise<T> {
    for (let left = tries - 1; ; left--) {
      const isKept = keepShell || this.#open !== undefined;
      this.#open ??= this.#talkTo(await this.#files.pod());
      const { pod, shell } = this.#open;
      try {
        const answer = await question(shell);
        if (!isKept) this.#endShell();
        return answer;
      } catch (error) {
        this.#endShell();
        this.#run.signal.throwIfAborted();
        if (left === 0 || !isPassing(error)) throw await this.#explain(pod, error);
        this.#run.reporter.warn(`connection to pod/${pod.name} lost: ${messageOf(error)}; trying again`);
        await this.#run.clock.sleep(pauseMs, this.#run.signal);
      }
    }
  }

  #talkTo(pod: AppPod): { readonly pod: AppPod; readonly shell: AppShell } {
    return { pod, shell: new AppShell(this.#run, pod) };
  }

  #endShell(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) this.#closing = Promise.all([this.#closing, open.shell.close()]);
  }

  async #explain({ namespace, name, container }: AppPod, error: unknown): Promise<unknown> {
    if (!(error instanceof ApiError || error instanceof ShellEnded)) return error;
    const what = `container ${container} of pod/${name} in namespace ${namespace} cannot be read in`;
    if (isStatus(error, 403)) return appForbidden(this.#run, { namespace, what, cause: error });
    return new CatalogError('catalog-unreadable', `${what}: ${error.message}`, {
      action: nameAnother,
      cause: error,
    });
  }
}

/** The pod went, or the way to it. An image without a shell stays so. */
function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionError) return error.passing;
  if (error instanceof ShellEnded) return true;
  const isNoShell = /executable file not found|no such file/.test(messageOf(error));
  return isStatus(error, 404, 429, 500) && !isNoShell;
}
