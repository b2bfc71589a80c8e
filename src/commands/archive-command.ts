/** How `validate`, `restore` and `verify` are told which archive: by a backup's name, by `-f`, or by its path. */
import { basename, resolve } from 'node:path';
import { Option, UsageError } from 'clipanion';
import type { Catalog } from '../catalog/catalog.ts';
import { backupById, newestBackup, olderBackups } from '../catalog/choose-backup.ts';
import { parseArchiveName } from '../domain/archive-path.ts';
import type { Backup } from '../domain/backup.ts';
import { type ClaimRef, parseClaimRef } from '../domain/claim.ts';
import { readBackupInput } from './backup-input.ts';
import { CatalogCommand } from './base.ts';
import { time } from './flag-values.ts';
import type { Session } from './session.ts';

/** A backup to work on. */
export interface NamedBackup {
  readonly backup: Backup;
  /** Older successful backups of the claim, newest first, as far as a catalogue was read. */
  readonly older: readonly Backup[];
}

const olderLimit = 20;

export abstract class ArchiveCommand extends CatalogCommand {
  at = Option.String('--at', {
    description: 'the newest backup of the PVC that finished not after `TIME`',
  });
  file = Option.String('-f,--filename', {
    description: '`FILE` with what an earlier command printed as json, jsonl or name; -: stdin',
  });
  archive = Option.String('--archive', { description: '`PATH` of an archive, without a catalogue' });
  checksum = Option.String('--checksum', { description: 'SHA-256 of --archive, 64 `HEX` digits' });
  noChecksum = Option.Boolean('--no-checksum', false, {
    description: 'nothing vouches for --archive: only its completeness is proven',
  });

  protected checkArchiveFlags(names: readonly string[]): void {
    const ways = [names.length > 0, this.file !== undefined, this.archive !== undefined].filter(
      Boolean,
    ).length;
    if (ways === 0)
      throw new UsageError('name a backup (backup/ID or a PVC), or give -f FILE or --archive PATH');
    if (ways > 1) throw new UsageError('BACKUP, -f and --archive exclude each other');
    if (this.archive !== undefined && this.catalog !== undefined)
      throw new UsageError('--archive and --catalog exclude each other');
    if (this.archive === undefined && (this.checksum !== undefined || this.noChecksum)) {
      throw new UsageError('--checksum and --no-checksum go with --archive');
    }
    if (this.archive !== undefined && (this.checksum !== undefined) === this.noChecksum) {
      throw new UsageError('--archive needs either --checksum HEX or --no-checksum');
    }
    if (this.checksum !== undefined && !/^[0-9a-fA-F]{64}$/.test(this.checksum)) {
      throw new UsageError(`--checksum "${this.checksum}" is not 64 hex digits`);
    }
    if (
      this.at !== undefined &&
      (names.length === 0 || names.some((name) => parseName(name).kind === 'id'))
    ) {
      throw new UsageError('--at goes with the name of a PVC');
    }
    if (this.at !== undefined) time('--at', this.at, this.context.host.clock.now());
  }

  /** The backups that were named, in their order. */
  protected async namedBackups(session: Session, names: readonly string[]): Promise<readonly NamedBackup[]> {
    if (this.archive !== undefined) return [{ backup: this.fileBackup(session, this.archive), older: [] }];
    const input = this.file === undefined ? names : await readBackupInput(session.host, this.file);
    const rows = input.filter((item) => typeof item !== 'string');
    if (rows.length > 0) return this.withOlder(session, rows);
    const catalog = await session.openCatalog(this.catalog);
    try {
      const found: NamedBackup[] = [];
      for (const name of input.filter((item) => typeof item === 'string')) {
        const backup = await this.look(session, catalog, name);
        found.push({ backup, older: olderBackups(catalog, backup, olderLimit) });
      }
      return found;
    } finally {
      catalog.close();
    }
  }

  /** The only backup that was named; several are a UsageError that names them. */
  protected async oneBackup(session: Session, name: string | undefined): Promise<NamedBackup> {
    const [first, ...more] = await this.namedBackups(session, name === undefined ? [] : [name]);
    if (first === undefined) throw new UsageError('no backup is named');
    if (more.length === 0) return first;
    const names = [first, ...more].map(({ backup }) => `backup/${backup.id}`).join(', ');
    const command = this.path.join(' ');
    throw new UsageError(`${command} takes exactly one backup, not ${more.length + 1}: ${names}`);
  }

  /** `--target`, or the row's own claim. */
  protected targetOf(backup: Backup, target: string | undefined): ClaimRef {
    if (target === undefined) {
      if (this.archive !== undefined) throw new UsageError('--archive needs --target [NS/]PVC');
      return { namespace: backup.namespace, name: backup.pvc };
    }
    return checkedTarget(target, this.namespace ?? (backup.namespace || 'default'));
  }

  /** What `-f` read was listed elsewhere or earlier: where its catalogue is not here, nothing older is known. */
  private async withOlder(session: Session, rows: readonly Backup[]): Promise<readonly NamedBackup[]> {
    for (const row of rows) this.checkNamespace(row);
    const catalogs = new Map<string, Catalog | undefined>();
    try {
      for (const { catalog } of rows) {
        if (catalog !== '' && !catalogs.has(catalog))
          catalogs.set(catalog, await session.openCatalog(catalog).catch(() => undefined));
      }
      return rows.map((backup) => {
        const catalog = catalogs.get(backup.catalog);
        return { backup, older: catalog === undefined ? [] : olderBackups(catalog, backup, olderLimit) };
      });
    } finally {
      for (const catalog of catalogs.values()) catalog?.close();
    }
  }

  private checkNamespace({ id, namespace }: Backup): void {
    if (this.namespace === undefined || this.namespace === namespace) return;
    throw new UsageError(`backup/${id} is of namespace ${namespace}, not ${this.namespace}`);
  }

  private async look(session: Session, catalog: Catalog, text: string): Promise<Backup> {
    const name = parseName(text);
    if (name.kind === 'id') {
      const backup = backupById(catalog, name.id);
      this.checkNamespace(backup);
      return backup;
    }
    const claim = { namespace: await session.namespace(), pvc: name.pvc };
    const at = this.at === undefined ? undefined : time('--at', this.at, session.host.clock.now());
    const until = await this.notAfter(session, claim, at);
    return newestBackup(catalog, { ...claim, ...(until !== undefined && { at: until }) });
  }

  /** The latest finish time of a backup that may be taken for this claim; undefined for any. */
  protected async notAfter(
    _session: Session,
    _claim: { namespace: string; pvc: string },
    at: Date | undefined,
  ): Promise<Date | undefined> {
    return at;
  }

  private fileBackup(session: Session, archive: string): Backup {
    const path = resolve(session.host.cwd, archive);
    const parts = parseArchiveName(basename(path));
    return {
      id: basename(path),
      namespace: parts?.namespace ?? '',
      pvc: parts?.pvc ?? '',
      status: 'success',
      createdAt: parts === undefined ? '' : parts.createdAt,
      archive: { path: archive, resolvedPath: path },
      ...(this.checksum !== undefined && { checksumSha256: this.checksum.toLowerCase() }),
      message: '',
      catalog: '',
    };
  }
}

/** `--target`; throws a UsageError for what is no claim's name. */
export function checkedTarget(text: string, namespace: string): ClaimRef {
  const target = parseClaimRef(text, namespace);
  if (target === undefined) throw new UsageError(`--target "${text}" is not [NAMESPACE/]PVC`);
  return target;
}

/** `backup/ID` or a bare ID (a number, or an archive's file name); else the name of a PVC, also as kubectl has it. */
function parseName(text: string): { kind: 'id'; id: string } | { kind: 'claim'; pvc: string } {
  if (text.startsWith('backup/')) return { kind: 'id', id: text.slice('backup/'.length) };
  const [, pvc] = /^(?:pvc|persistentvolumeclaims?)\/(.+)$/s.exec(text) ?? [];
  if (pvc !== undefined) return { kind: 'claim', pvc };
  if (/^\d+$/.test(text) || text.endsWith('.tar.gz')) return { kind: 'id', id: text };
  return { kind: 'claim', pvc: text };
}
