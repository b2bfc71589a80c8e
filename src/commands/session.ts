/** One run of one command: its reporter, its connection, its catalogue and the way its answer is printed. */
import * as path from 'node:path';
import type { Catalog } from '../catalog/catalog.ts';
import type { ArchivePlaces } from '../catalog/locate-archive.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { KubeconfigSource } from '../cluster/kubeconfig-files.ts';
import type { ProcessContext } from '../context.ts';
import { newRunId, type RunId } from '../domain/run.ts';
import { shellCommand } from '../domain/shell-words.ts';
import { failureText } from '../output/failure-text.ts';
import { printJson, printJsonLines } from '../output/print.ts';
import { createReporter } from '../output/text-reporter.ts';
import type { Reporter } from '../runbook/reporter.ts';
import type { Run } from '../runbook/run.ts';
import type { Failure } from './failure.ts';
import { duration } from './flag-values.ts';
import { connectionWords, type GlobalFlags } from './global-flags.ts';
import { below, isColored, redrawable } from './streams.ts';

export class Session {
  /** Its streams keep clear of the progress bar. */
  readonly host: ProcessContext;
  readonly flags: GlobalFlags;
  readonly reporter: Reporter & { done(): void };
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
    const streams = { stdout: below(host.stdout, erase), stderr: below(host.stderr, erase) };
    // Not copied: what the process hands over is partly made when it is first asked for.
    this.host = Object.assign(Object.create(host) as ProcessContext, streams);
  }

  static async open(host: ProcessContext, flags: GlobalFlags): Promise<Session> {
    if (flags.output !== 'yaml') return new Session(host, flags);
    const { printYaml } = await import('../output/print-yaml.ts');
    return new Session(host, flags, printYaml);
  }

  /** For a failure before the flags were known to be right. */
  static plain(host: ProcessContext): Session {
    return new Session(host, {
      output: 'table',
      quiet: false,
      verbose: false,
      color: 'auto',
      requestTimeout: '30s',
      insecureSkipTlsVerify: false,
      impersonate: { groups: [] },
    });
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
      now: () => this.host.clock.now(),
      trace: (line) => this.reporter.detail(line),
    });
    return this.#cluster;
  }

  /** The namespace of `-n`, or the active context's; without a kubeconfig, `default`. Loads no Kubernetes client. */
  async namespace(): Promise<string> {
    if (this.flags.namespace !== undefined) return this.flags.namespace;
    const { namespaceOf, readKubeconfig } = await import('../cluster/kubeconfig-files.ts');
    return namespaceOf(readKubeconfig(this.#kubeconfigSource), this.flags.context);
  }

  get #kubeconfigSource(): KubeconfigSource {
    const { kubeconfig } = this.flags;
    return { env: this.host.env, ...(kubeconfig !== undefined && { kubeconfig }) };
  }

  /** Every command may be a run; the name is shown once it is one. */
  get runName(): RunId {
    this.#runName ??= newRunId(this.host.clock.now(), crypto.getRandomValues(new Uint8Array(5)));
    return this.#runName;
  }

  /** `continued` is the run that this command goes on with. */
  async startRun(continued?: RunId): Promise<Run> {
    const cluster = await this.cluster();
    const { clock, signal } = this.host;
    this.#isRun = true;
    this.#runName = continued ?? this.runName;
    return {
      id: this.runName,
      cluster,
      clock,
      reporter: this.reporter,
      signal,
      command: (...words) => this.command(...words),
    };
  }

  /** `kubectl nkvm …` as the operator would type it for the same cluster. */
  command(...words: readonly string[]): string {
    return shellCommand(['kubectl', 'nkvm', ...words, ...connectionWords(this.flags)]);
  }

  async openCatalog(flag: string | undefined): Promise<Catalog> {
    const { openCatalog } = await import('../catalog/catalog.ts');
    const metadataDbPath = this.host.env['NKVM_METADATA_DB_PATH'];
    const catalog = await openCatalog({
      cwd: this.host.cwd,
      nativeBinding: () => this.host.nativeBinding(),
      ...(flag !== undefined && { flag }),
      ...(metadataDbPath !== undefined && { metadataDbPath }),
    });
    this.reporter.info(`catalogue: ${catalog.path}`);
    return catalog;
  }

  archivePlaces(archiveDir: string | undefined, catalog?: string): ArchivePlaces {
    const dirs = [archiveDir, this.host.env['NKVM_BACKUP_DIR']];
    return {
      cwd: this.host.cwd,
      archiveDirs: dirs
        .filter((dir) => dir !== undefined && dir !== '')
        .map((dir) => path.resolve(this.host.cwd, dir ?? '')),
      ...(catalog !== undefined && { catalog }),
    };
  }

  /** A document in the format of `-o json|yaml`; false when the format is another one. */
  printDocument(document: unknown): boolean {
    if (this.flags.output === 'json') this.host.stdout.write(printJson(document));
    else if (this.#printYaml !== undefined) this.host.stdout.write(this.#printYaml(document));
    else return false;
    return true;
  }

  /** On stdout the error document of `-o`, where one is wanted; on stderr what a person reads, or a JSON line. */
  printFailure(failure: Failure, { document }: { document: boolean }): void {
    const { code, step, message, action, next, exitCode } = failure;
    const { stdout, stderr } = this.host;
    const error = {
      code,
      ...(step !== undefined && { step }),
      message,
      ...(action !== undefined && { action }),
    };
    const answer = { apiVersion: 'nkvm.dev/v1', kind: 'Error', error };
    const isLines = this.flags.output === 'jsonl' && exitCode !== 2;
    if (document && isLines) stdout.write(printJsonLines([answer]));
    else if (document && exitCode !== 2) this.printDocument(answer);
    if (isLines) {
      const time = this.host.clock.now().toISOString();
      stderr.write(printJsonLines([{ time, type: 'error', ...error, next }]));
      return;
    }
    const style = { color: isColored(this.host, this.flags), width: stderr.columns || 100 };
    const run = this.#isRun ? { run: this.runName } : {};
    stderr.write(failureText({ ...failure, ...run }, style));
    if (failure.stack !== undefined) stderr.write(`${failure.stack}\n`);
  }

  async close(): Promise<void> {
    this.reporter.done();
    await this.#cluster?.close();
  }
}
