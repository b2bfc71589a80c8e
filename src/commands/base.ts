/** What every command has: kubectl's connection flags, output, and one way from an error to an exit status. */
import { type BaseContext, Command, Option, UsageError } from 'clipanion';
import type { ProcessContext } from '../context.ts';
import { isNamespaceName } from '../domain/namespace-name.ts';
import { describeFailure } from './failure.ts';
import type { GlobalFlags } from './global-flags.ts';
import { printFailure } from './print-failure.ts';
import { Session } from './session.ts';

export interface NkvmContext extends BaseContext {
  readonly host: ProcessContext;
}

export abstract class BaseCommand extends Command<NkvmContext> {
  kubeconfig = Option.String('--kubeconfig', { description: 'the kubeconfig `FILE`' });
  contextName = Option.String('--context', { description: '`NAME` of the kubeconfig context' });
  cluster = Option.String('--cluster', { description: '`NAME` of the kubeconfig cluster' });
  user = Option.String('--user', { description: '`NAME` of the kubeconfig user' });
  namespace = Option.String('-n,--namespace', {
    description: 'the `NAMESPACE`; without it, that of the context',
  });
  server = Option.String('-s,--server', { description: '`URL` of the API server' });
  certificateAuthority = Option.String('--certificate-authority', {
    description: '`FILE` with the certificate authority of the API server',
  });
  tlsServerName = Option.String('--tls-server-name', {
    description: '`NAME` to expect in the certificate of the API server',
  });
  insecureSkipTlsVerify = Option.Boolean('--insecure-skip-tls-verify', false, {
    description: 'do not verify the certificate of the API server',
  });
  as = Option.String('--as', { description: '`USER` to impersonate' });
  asUid = Option.String('--as-uid', { description: '`UID` to impersonate' });
  asGroup = Option.Array('--as-group', [], { description: '`GROUP` to impersonate; repeatable' });
  requestTimeout = Option.String('--request-timeout', '30s', {
    description: 'how long one API request may take, a `DURATION`; 0: for ever (default 30s)',
  });
  output = Option.String('-o,--output', 'table', {
    description: '`FORMAT` of the answer (default table)',
  });
  quiet = Option.Boolean('-q,--quiet', false, { description: 'only warnings and errors on stderr' });
  verbose = Option.Boolean('-v,--verbose', false, { description: 'API calls and stack traces on stderr' });
  color = Option.String('--color', 'auto', {
    description: '`WHEN` to use colour: auto, always, never (default auto)',
  });

  /** What stood behind the command's name: flags by their long names, as `--flag=value`, then `--` and the operands. */
  typed: readonly string[] = [];

  /** What `-o` may be. */
  static readonly formats: readonly string[] = [];
  /** What may stand beside the flags, as the usage line shows it; `...` for any number. */
  static readonly operands: string = '';

  /** The exit statuses that it can have. */
  static readonly exitCodes: readonly number[] = [];

  protected abstract run(session: Session): Promise<number>;

  /** Prints the error document of `-o json|yaml`; `restore` has printed its record instead. */
  protected readonly printsErrorDocument: boolean = true;

  /** A session of this command's flags. */
  openSession(host: ProcessContext): Promise<Session> {
    return Session.open(host, this.globalFlags());
  }

  /** The value of `--catalog`, where the command has it. */
  get catalogFlag(): string | undefined {
    return undefined;
  }

  /** `-A` is given, where the command has it. */
  get isEverywhere(): boolean {
    return false;
  }

  /** Runs with nothing thrown: every failure becomes text on stderr and an exit status. */
  async runToExit(): Promise<number> {
    const { host } = this.context;
    let session: Session | undefined;
    try {
      this.checkFlags();
      session = await this.openSession(host);
      return await this.run(session);
    } catch (error) {
      const failure = describeFailure(error, { verbose: this.verbose, command: this.path.join(' ') });
      session?.reporter.done();
      printFailure(session ?? Session.plain(host), failure, { document: this.printsErrorDocument });
      return failure.exitCode;
    } finally {
      await session?.close();
    }
  }

  override execute(): Promise<number> {
    return this.runToExit();
  }

  private checkFlags(): void {
    const { formats } = this.constructor as typeof BaseCommand;
    if (!formats.includes(this.output)) {
      throw new UsageError(`--output "${this.output}" is none of: ${formats.join(', ')}`);
    }
    if (!['auto', 'always', 'never'].includes(this.color)) {
      throw new UsageError(`--color "${this.color}" is none of: auto, always, never`);
    }
    if (this.namespace !== undefined && !isNamespaceName(this.namespace)) {
      throw new UsageError(`--namespace "${this.namespace}" is not the name of a namespace`);
    }
    if ((this.asUid !== undefined || this.asGroup.length > 0) && this.as === undefined) {
      throw new UsageError('--as-uid and --as-group need --as');
    }
  }

  private globalFlags(): GlobalFlags {
    return {
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
  catalog = Option.String('--catalog', {
    description:
      '`PLACE` of the backups: a backups.db file, a directory of archives, or app[:NAMESPACE/DEPLOYMENT], the NKVM app in the cluster; without it, $NKVM_METADATA_DB_PATH, then ./data/backups.db, then app',
  });
  archiveDir = Option.String('--archive-dir', {
    description:
      "`DIR` where relative archive paths are looked for too, in the app's pod where that is the catalogue; also $NKVM_BACKUP_DIR",
  });

  override get catalogFlag(): string | undefined {
    return this.catalog;
  }

  protected get catalogFlags(): { catalog?: string; archiveDir?: string } {
    return {
      ...(this.catalog !== undefined && { catalog: this.catalog }),
      ...(this.archiveDir !== undefined && { archiveDir: this.archiveDir }),
    };
  }
}
