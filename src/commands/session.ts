/** One run of one command: its reporter, its connection, its catalogue and the way its answer is printed. */
import type { Catalog } from '../catalog/catalog.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { KubeconfigDocument, KubeconfigSource } from '../cluster/kubeconfig-files.ts';
import type { ProcessContext } from '../context.ts';
import type { Backup } from '../domain/backup.ts';
import { newRunId, type RunId } from '../domain/run.ts';
import { shellCommand } from '../domain/shell-words.ts';
import { printJson } from '../output/print.ts';
import { createReporter } from '../output/text-reporter.ts';
import type { Reporter } from '../runbook/reporter.ts';
import type { Run } from '../runbook/run.ts';
import { type Archives, localArchives } from '../sources/archives.ts';
import { AppCatalogs } from './app-catalogs.ts';
import { checkPlace, duration } from './flag-values.ts';
import { connectionWords, type GlobalFlags, usualFlags } from './global-flags.ts';
import { below, isColored, redrawable, withStreams } from './streams.ts';

export class Session {
  /** Its streams keep clear of the progress bar. */
  readonly host: ProcessContext;
  readonly flags: GlobalFlags;
  readonly reporter: Reporter & { done(): void };
  /** The NKVM apps in the cluster that the command reads. */
  readonly apps: AppCatalogs;
  #cluster: Cluster | undefined;
  #runName: RunId | undefined;
  #isRun = false;
  readonly #printYaml: ((value: unknown) => string) | undefined;

  private constructor(host: ProcessContext, flags: GlobalFlags, printYaml?: (value: unknown) => string) {
    this.flags = flags;
    this.#printYaml = printYaml;
    this.reporter = createReporter({
      stream: redrawable(host),
      mode: flags.quiet ? 'quiet' : flags.verbose ? 'verbose' : 'normal',
      format: flags.output === 'jsonl' ? 'jsonl' : 'text',
      color: isColored(host, flags),
      now: () => host.clock.now(),
    });
    const erase = () => this.reporter.done();
    this.apps = new AppCatalogs({ host, run: () => this.#runParts() });
    this.host = withStreams(host, { stdout: below(host.stdout, erase), stderr: below(host.stderr, erase) });
  }

  static async open(host: ProcessContext, flags: GlobalFlags): Promise<Session> {
    if (flags.output !== 'yaml') return new Session(host, flags);
    const { printYaml } = await import('../output/print-yaml.ts');
    return new Session(host, flags, printYaml);
  }

  /** For a failure before the flags were known to be right. */
  static plain(host: ProcessContext): Session {
    return new Session(host, usualFlags);
  }

  /** A terminal is where both the questions and the answers are: stdin and stderr. */
  get isInteractive(): boolean {
    return this.host.stdin.isTTY && this.host.stderr.isTTY;
  }

  async cluster(): Promise<Cluster> {
    if (this.#cluster !== undefined) return this.#cluster;
    const { connectCluster } = await import('../cluster/connect.ts');
    const { requestTimeout, impersonate } = this.flags;
    this.#cluster = connectCluster(this.#kubeconfigSource, this.flags, {
      requestTimeoutSeconds: duration('--request-timeout', requestTimeout),
      impersonate,
      // Undefined where it is a file.
      isInteractive: this.host.stdin.isTTY === true,
      signal: this.host.signal,
      now: () => this.host.clock.now(),
      trace: (line) => this.reporter.detail(line),
    });
    return this.#cluster;
  }

  /** The namespace of `-n`, or the active context's; without a kubeconfig, `default`. Loads no Kubernetes client. */
  async namespace(): Promise<string> {
    if (this.flags.namespace !== undefined) return this.flags.namespace;
    const { namespaceOf } = await import('../cluster/kubeconfig-files.ts');
    return namespaceOf(await this.kubeconfig(), this.flags.context);
  }

  /** All that KUBECONFIG lists, merged; undefined where there is none. Loads no Kubernetes client. */
  async kubeconfig(): Promise<KubeconfigDocument | undefined> {
    const { readKubeconfig } = await import('../cluster/kubeconfig-files.ts');
    return readKubeconfig(this.#kubeconfigSource);
  }

  get #kubeconfigSource(): KubeconfigSource {
    const { kubeconfig } = this.flags;
    return { env: this.host.env, ...(kubeconfig !== undefined && { kubeconfig }) };
  }

  /** Every command may be a run; the name is shown once it is one. */
  get runName(): RunId {
    this.#runName ??= newRunId(this.host.clock.now(), this.host.randomBytes(5));
    return this.#runName;
  }

  /** `continued` is the run that this command goes on with. */
  async startRun(continued?: RunId): Promise<Run> {
    await this.cluster();
    this.#isRun = true;
    this.#runName = continued ?? this.runName;
    return this.#runParts();
  }

  async #runParts(): Promise<Run> {
    const { clock, signal } = this.host;
    return {
      id: this.runName,
      cluster: await this.cluster(),
      clock,
      reporter: this.reporter,
      signal,
      command: (...words) => this.command(...words),
    };
  }

  /** Undefined for a command that did not get as far as to be one. */
  get startedRun(): RunId | undefined {
    return this.#isRun ? this.runName : undefined;
  }

  /** `kubectl nkvm ...` as the operator would type it for the same cluster. */
  command(...words: readonly string[]): string {
    return shellCommand(['kubectl', 'nkvm', ...words, ...connectionWords(this.flags)]);
  }

  async openCatalog(flag: string | undefined): Promise<Catalog> {
    if (flag !== undefined) checkPlace(flag);
    const { openCatalog } = await import('../catalog/catalog.ts');
    const metadataDbPath = this.host.env['NKVM_METADATA_DB_PATH'];
    const catalog = await openCatalog({
      cwd: this.host.cwd,
      nativeBinding: () => this.host.nativeBinding(),
      openApp: (wish) => this.apps.openCatalog(wish),
      ...(flag !== undefined && { flag }),
      ...(metadataDbPath !== undefined && { metadataDbPath }),
    });
    this.reporter.info(`catalogue: ${catalog.path}`);
    return catalog;
  }

  /**
   * Those of a backup's catalogue; of none, where the archive was named by its path. `archiveDir` is a folder where the
   * catalogue is: here, or in the app's pod.
   */
  async archives({ catalog }: Pick<Backup, 'catalog'>, archiveDir: string | undefined): Promise<Archives> {
    const app = await this.apps.named(catalog);
    if (app !== undefined) return app.archives(archiveDir);
    const { cwd, env } = this.host;
    const archiveDirs = [archiveDir ?? '', env['NKVM_BACKUP_DIR'] ?? ''].filter((dir) => dir !== '');
    return localArchives({ cwd, archiveDirs, ...(catalog !== '' && { catalog }) });
  }

  /** A document in the format of `-o json|yaml`; false when the format is another one. */
  printDocument(document: unknown): boolean {
    if (this.flags.output === 'json') this.host.stdout.write(printJson(document));
    else if (this.#printYaml !== undefined) this.host.stdout.write(this.#printYaml(document));
    else return false;
    return true;
  }

  async close(): Promise<void> {
    this.reporter.done();
    await this.apps.close();
    await this.#cluster?.close();
  }
}
