import { Command, Option, UsageError } from 'clipanion';
import type { Catalog } from '../catalog/catalog.ts';
import type { BackupStatus } from '../domain/backup.ts';
import { backupJson, backupListJson, backupTable } from '../output/backups.ts';
import { printJsonLines } from '../output/print.ts';
import { withLocatedArchives } from '../sources/archives.ts';
import { CatalogCommand } from './base.ts';
import { count, time } from './flag-values.ts';
import type { Session } from './session.ts';

const statuses: readonly (BackupStatus | 'any')[] = ['success', 'failed', 'any'];

export class ListCommand extends CatalogCommand {
  static override paths = [['list']];
  static override readonly operands = '[PVC...]';
  static override readonly formats = ['table', 'wide', 'json', 'yaml', 'jsonl', 'name'];
  static override readonly exitCodes = [0, 1, 2, 11, 130, 143];
  static override usage = Command.Usage({
    description: 'list backups, newest first (runbook step 1.1)',
    details: `
      Reads NKVM's backup history and looks where each archive is now. A history on this machine needs no cluster; where
      none is configured, the NKVM app in the cluster is asked. Without -A: the backups of the active namespace. A TIME is
      RFC 3339 with a zone, YYYY-MM-DD, or an age before now (90m, 26h, 7d).`,
    examples: [
      ['The backups of one claim', '$0 list orders-data -n shop'],
      ['All that succeeded in the last week, as names', '$0 list -A --since 7d --limit 0 -o name'],
    ],
  });

  pvcs = Option.Rest({ name: 'PVC' });
  allNamespaces = Option.Boolean('-A,--all-namespaces', false, {
    description: 'the backups of every namespace',
  });
  status = Option.String('--status', 'success', {
    description: '`STATUS` of the backups: success, failed, any (default success)',
  });
  since = Option.String('--since', { description: 'only what finished at `TIME` or later' });
  until = Option.String('--until', { description: 'only what finished not after `TIME`' });
  limit = Option.String('--limit', '20', { description: '`N` backups at most; 0: all (default 20)' });

  override get isEverywhere(): boolean {
    return this.allNamespaces;
  }

  protected async run(session: Session): Promise<number> {
    const limit = count('--limit', this.limit);
    const filter = await this.filter(session);
    const catalog = await session.openCatalog(this.catalog);
    try {
      const archives = await session.archives({ catalog: catalog.path }, this.archiveDir);
      const backups = await withLocatedArchives(catalog.list({ ...filter, limit }), archives);
      if (backups.length === 0) session.reporter.warn(this.nothing(catalog, filter));
      const { stdout, clock } = session.host;
      if (this.output === 'jsonl') stdout.write(printJsonLines(backups.map(backupJson)));
      else if (this.output === 'name') stdout.write(backups.map(({ id }) => `backup/${id}\n`).join(''));
      else if (!session.printDocument(backupListJson(backups.map(backupJson))) && backups.length > 0) {
        const { allNamespaces } = this;
        stdout.write(backupTable(backups, { allNamespaces, wide: this.output === 'wide', now: clock.now() }));
      }
      return 0;
    } finally {
      catalog.close();
    }
  }

  private async filter(session: Session) {
    const status = statuses.find((known) => known === this.status);
    if (status === undefined)
      throw new UsageError(`--status "${this.status}" is none of: ${statuses.join(', ')}`);
    if (this.allNamespaces && this.namespace !== undefined)
      throw new UsageError('-A and -n exclude each other');
    const now = session.host.clock.now();
    return {
      status,
      pvcs: this.pvcs,
      ...(!this.allNamespaces && { namespace: await session.namespace() }),
      ...(this.since !== undefined && { since: time('--since', this.since, now) }),
      ...(this.until !== undefined && { until: time('--until', this.until, now) }),
    };
  }

  private nothing(catalog: Catalog, filter: { namespace?: string; status: BackupStatus | 'any' }): string {
    const { namespace, ...everywhere } = filter;
    const elsewhere = catalog.claims(everywhere);
    const where = namespace === undefined ? 'anywhere' : `in namespace ${namespace}`;
    if (elsewhere.length === 0) return `no such backup ${where}`;
    const namespaces = [...new Set(elsewhere.map((claim) => claim.namespace))].slice(0, 10).join(', ');
    return `no such backup ${where}; there are some in: ${namespaces} (-A shows all)`;
  }
}
