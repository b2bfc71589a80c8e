/** The NKVM apps that one command reads: each is found once, and closed with the command. */
import { join } from 'node:path';
import type { OpenedApp } from '../app/opened-app.ts';
import type { ReaderOptions } from '../app/reader-pod.ts';
import type { AppWish, Catalog } from '../catalog/catalog.ts';
import { CatalogError, nameAnother } from '../catalog/catalog-error.ts';
import type { PodRef } from '../cluster/cluster.ts';
import { ConnectionError } from '../cluster/connection-error.ts';
import type { ProcessContext } from '../context.ts';
import { type AppName, formatAppName, parseAppName } from '../domain/app-name.ts';
import { messageOf } from '../domain/message-of.ts';
import type { Run } from '../runbook/run.ts';
import type { RetryLimits } from '../runbook/transfer/patience.ts';
import { podImage } from './pod-flags.ts';
import { ownStateFolder } from './state-folder.ts';

export interface AppCatalogsParts {
  /** Connects. */
  readonly run: () => Promise<Run>;
  readonly host: ProcessContext;
}

/** What a command's flags say of reading an app. */
export interface AppFlags {
  /** Of a reader pod. */
  readonly image: string;
  readonly podTimeoutSeconds: number;
  readonly retry: RetryLimits;
  /** No reader pod is made: an app that is down cannot be read. */
  readonly onlyLooks?: boolean;
}

export class AppCatalogs {
  readonly #parts: AppCatalogsParts;
  readonly #apps = new Map<string, OpenedApp>();
  #flags: AppFlags;

  constructor(parts: AppCatalogsParts) {
    this.#parts = parts;
    const retry = { retries: 10, timeoutSeconds: 120 };
    this.#flags = { image: podImage(parts, undefined), podTimeoutSeconds: 180, retry };
  }

  /** Of a command that has flags for it. */
  use(flags: Partial<AppFlags>): void {
    this.#flags = { ...this.#flags, ...flags };
  }

  /** Says on the way what else is to be known of it. */
  async openCatalog({ name, lookedAt }: AppWish): Promise<Catalog> {
    const run = await this.#connect(lookedAt);
    const { runningBackups } = await import('../app/running-backups.ts');
    try {
      const app = await this.#open(run, name);
      let backups: string | undefined;
      const catalog = await app.openCatalog(async () => {
        try {
          backups = await runningBackups(run);
        } catch (error) {
          run.reporter.detail(messageOf(error));
        }
      });
      if (backups !== undefined) run.reporter.info(backups);
      return catalog;
    } catch (error) {
      if (lookedAt !== undefined)
        run.reporter.info(`${lookedAt}: the NKVM app in the cluster is the catalogue`);
      throw error;
    }
  }

  /** The app that a backup's `catalog` names; undefined where it names none. */
  async named(catalog: string): Promise<OpenedApp | undefined> {
    const name = parseAppName(catalog);
    return name && this.#open(await this.#parts.run(), name);
  }

  async close(): Promise<void> {
    for (const app of this.#apps.values()) {
      // What the command came to is reported, whatever stays behind.
      await app.close().catch(async (error: unknown) => {
        const { reporter } = await this.#parts.run();
        reporter.warn(messageOf(error));
      });
    }
    this.#apps.clear();
  }

  async #connect(lookedAt: string | undefined): Promise<Run> {
    try {
      return await this.#parts.run();
    } catch (error) {
      if (lookedAt === undefined || !(error instanceof ConnectionError)) throw error;
      const what = `no catalogue: ${lookedAt}, and no cluster to find the NKVM app in: ${error.message}`;
      throw new CatalogError('catalog-missing', what, { action: nameAnother, cause: error });
    }
  }

  async #open(run: Run, name: AppName | undefined): Promise<OpenedApp> {
    const known = name && this.#apps.get(formatAppName(name));
    if (known !== undefined) return known;
    const { findApp } = await import('../app/find-app.ts');
    const { openAppFiles } = await import('../app/app-files.ts');
    const { OpenedApp } = await import('../app/opened-app.ts');
    const spoolFolder = join(ownStateFolder(this.#parts.host), 'spool');
    const found = await findApp(run, name);
    const again = this.#apps.get(found.catalog);
    if (again !== undefined) return again;
    const files = openAppFiles(run, found, this.#readerOptions(run));
    const app = new OpenedApp(run, files, {
      nativeBinding: this.#parts.host.nativeBinding,
      retry: this.#flags.retry,
      spoolFolder,
    });
    this.#apps.set(app.name, app);
    return app;
  }

  #readerOptions({ id, command }: Run): ReaderOptions {
    const { host } = this.#parts;
    const onCreating = ({ namespace, name }: PodRef): void => {
      const remove = command('cleanup', id, '--force', '-n', namespace);
      host.lastWords.describe ??= () => `pod/${name} may be left on the cluster\nnext: ${remove}`;
    };
    return { ...this.#flags, operator: host.userName, onCreating };
  }
}
