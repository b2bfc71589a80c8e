/** What every command has: kubectl's connection flags, output, and one way from an error to an exit status. */
import { type BaseContext, Command, Option, UsageError } from 'clipanion';
import type { ProcessContext } from '../context.ts';
import { describeFailure } from './failure.ts';
import { type GlobalFlags, Session } from './session.ts';

export interface NkvmContext extends BaseContext {
  readonly host: ProcessContext;
}

export const exitStatuses = `
**Exit status** 0 done · 1 no connection before any step · 2 the command line is wrong · 11 history, name or archive ·
12 refused before or in step 2 · 13 restore pod · 14 copy and extract · 15 data or application verification ·
16 data back and app up, but something was left behind · 130/143 interrupted
`;

export abstract class BaseCommand extends Command<NkvmContext> {
  kubeconfig = Option.String('--kubeconfig', { description: 'the kubeconfig file' });
  contextName = Option.String('--context', { description: 'the kubeconfig context' });
  cluster = Option.String('--cluster', { description: 'the kubeconfig cluster' });
  user = Option.String('--user', { description: 'the kubeconfig user' });
  namespace = Option.String('-n,--namespace', { description: 'the namespace; default: the context’s' });
  server = Option.String('-s,--server', { description: 'address of the API server' });
  certificateAuthority = Option.String('--certificate-authority', {
    description: 'CA file of the API server',
  });
  tlsServerName = Option.String('--tls-server-name', { description: 'name to expect in its certificate' });
  insecureSkipTlsVerify = Option.Boolean('--insecure-skip-tls-verify', false, {
    description: 'do not verify it',
  });
  as = Option.String('--as', { description: 'user to impersonate' });
  asUid = Option.String('--as-uid', { description: 'UID to impersonate' });
  asGroup = Option.Array('--as-group', [], { description: 'group to impersonate, repeatable' });
  requestTimeout = Option.String('--request-timeout', '30s', { description: 'for one API request; 0: none' });
  output = Option.String('-o,--output', 'table', { description: 'format of the answer' });
  quiet = Option.Boolean('-q,--quiet', false, { description: 'only warnings and errors on stderr' });
  verbose = Option.Boolean('-v,--verbose', false, { description: 'API calls and stack traces on stderr' });
  color = Option.String('--color', 'auto', { description: 'auto, always or never' });

  /** What `-o` may be. */
  protected abstract readonly formats: readonly string[];

  protected abstract run(session: Session): Promise<number>;

  /** Prints the error document of `-o json|yaml`; `restore` has printed its record instead. */
  protected readonly printsErrorDocument: boolean = true;

  /** Runs with nothing thrown: every failure becomes text on stderr and an exit status. */
  async runToExit(words: readonly string[]): Promise<number> {
    const { host } = this.context;
    let session: Session | undefined;
    try {
      this.checkFlags();
      session = new Session(host, this.globalFlags(words));
      return await this.run(session);
    } catch (error) {
      const failure = describeFailure(error, { verbose: this.verbose });
      session?.reporter.done();
      (session ?? Session.plain(host)).printFailure(failure, { document: this.printsErrorDocument });
      return failure.exitCode;
    } finally {
      await session?.close();
    }
  }

  override execute(): Promise<number> {
    return this.runToExit([]);
  }

  private checkFlags(): void {
    if (!this.formats.includes(this.output)) {
      throw new UsageError(`--output "${this.output}" is none of: ${this.formats.join(', ')}`);
    }
    if (!['auto', 'always', 'never'].includes(this.color)) {
      throw new UsageError(`--color "${this.color}" is none of: auto, always, never`);
    }
    if ((this.asUid !== undefined || this.asGroup.length > 0) && this.as === undefined) {
      throw new UsageError('--as-uid and --as-group need --as');
    }
  }

  private globalFlags(words: readonly string[]): GlobalFlags {
    return {
      words,
      output: this.output,
      quiet: this.quiet,
      verbose: this.verbose,
      color: this.color,
      requestTimeout: this.requestTimeout,
      insecureSkipTlsVerify: this.insecureSkipTlsVerify,
      impersonate: {
        groups: this.asGroup,
        ...(this.as !== undefined && { user: this.as }),
        ...(this.asUid !== undefined && { uid: this.asUid }),
      },
      ...(this.kubeconfig !== undefined && { kubeconfig: this.kubeconfig }),
      ...(this.contextName !== undefined && { context: this.contextName }),
      ...(this.cluster !== undefined && { cluster: this.cluster }),
      ...(this.user !== undefined && { user: this.user }),
      ...(this.namespace !== undefined && { namespace: this.namespace }),
      ...(this.server !== undefined && { server: this.server }),
      ...(this.certificateAuthority !== undefined && { certificateAuthority: this.certificateAuthority }),
      ...(this.tlsServerName !== undefined && { tlsServerName: this.tlsServerName }),
    };
  }
}

/** A command that reads a catalogue. */
export abstract class CatalogCommand extends BaseCommand {
  catalog = Option.String('--catalog', { description: 'a backups.db file or a directory of archives' });
  archiveDir = Option.String('--archive-dir', { description: 'where archives are looked for too' });

  protected get catalogFlags(): { catalog?: string; archiveDir?: string } {
    return {
      ...(this.catalog !== undefined && { catalog: this.catalog }),
      ...(this.archiveDir !== undefined && { archiveDir: this.archiveDir }),
    };
  }
}
