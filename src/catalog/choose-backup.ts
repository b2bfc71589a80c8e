/**
 * One backup out of a catalogue, by ID or as the newest of a claim. What is returned succeeded, as far as the
 * catalogue knows. A name that leads to nothing is answered with the names that are there.
 */
import type { Backup } from '../domain/backup.ts';
import { formatRfc3339 } from '../domain/time.ts';
import type { Catalog } from './catalog.ts';
import { CatalogError } from './catalog-error.ts';

const shownNames = 10;

/** The backup with this ID. Throws a CatalogError: backup-not-found, or backup-failed. */
export function backupById(catalog: Catalog, id: string): Backup {
  const backup = catalog.find(id);
  if (backup === undefined) {
    const ids = catalog.list({ status: 'any', limit: shownNames + 1 }).map((known) => known.id);
    throw new CatalogError(
      'backup-not-found',
      `${catalog.path} has no backup/${id}; ${said('newest', ids)}`,
      {
        action: 'List them all with `kubectl nkvm list -A --status any --limit 0`.',
      },
    );
  }
  if (backup.status === 'failed') {
    const reason = backup.message === '' ? '' : `: ${backup.message}`;
    throw new CatalogError('backup-failed', `backup/${id} did not succeed${reason}`, {
      action: `Select another with \`kubectl nkvm list ${backup.pvc} -n ${backup.namespace}\`.`,
    });
  }
  return backup;
}

/** The claim's newest successful backup, finished not after `at`. Throws a CatalogError: backup-not-found. */
export function newestBackup(catalog: Catalog, claim: { namespace: string; pvc: string; at?: Date }): Backup {
  const { namespace, pvc, at } = claim;
  const filter = { namespace, pvcs: [pvc], status: 'success', limit: 1 } as const;
  const [newest] = catalog.list(at === undefined ? filter : { ...filter, until: at });
  if (newest !== undefined) return newest;
  const when = at === undefined ? '' : ` finished by ${formatRfc3339(at)}`;
  throw new CatalogError(
    'backup-not-found',
    `${catalog.path} has no successful backup of ${namespace}/${pvc}${when}; ${whatThereIs(catalog, claim)}`,
    { action: 'List them all with `kubectl nkvm list -A --status any --limit 0`.' },
  );
}

/** The claim's successful backups that are older than `backup`, newest first; at most `limit`, 0: all. */
export function olderBackups(catalog: Catalog, backup: Backup, limit: number): readonly Backup[] {
  const { id, namespace, pvc } = backup;
  return catalog.list({ namespace, pvcs: [pvc], status: 'success', olderThanId: id, limit });
}

function whatThereIs(catalog: Catalog, claim: { namespace: string; pvc: string }): string {
  const { namespace, pvc } = claim;
  const [own] = catalog.claims({ namespace, pvcs: [pvc], status: 'any' });
  if (own !== undefined) {
    const times = catalog.list({ namespace, pvcs: [pvc], status: 'any', limit: shownNames + 1 });
    return said(
      'it has',
      times.map(({ id, status, createdAt }) => `backup/${id} (${status}, ${createdAt})`),
    );
  }
  const named = catalog.claims({ pvcs: [pvc], status: 'success' });
  const claims = named.length > 0 ? named : catalog.claims({ status: 'success' });
  return said(
    'there are backups of',
    claims.map((known) => `${known.namespace}/${known.pvc}`),
  );
}

function said(lead: string, names: readonly string[]): string {
  if (names.length === 0) return 'it has none at all';
  const rest = names.length > shownNames ? ', ...' : '';
  return `${lead}: ${names.slice(0, shownNames).join(', ')}${rest}`;
}
