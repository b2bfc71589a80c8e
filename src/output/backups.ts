/** The answer of `list`, and the one form in which every command prints a backup. */
import { type Backup, type BackupArchive, isRemote } from '../domain/backup.ts';
import { formatBytes } from '../domain/size.ts';
import { formatAge } from '../domain/time.ts';
import { oneWord, table } from './table.ts';

const apiVersion = 'nkvm.dev/v1';
const shownChecksumDigits = 12;

export interface BackupTableOptions {
  readonly allNamespaces: boolean;
  readonly wide: boolean;
  readonly now: Date;
}

/** Only the last column may hold spaces. Without a backup, the header alone. */
export function backupTable(backups: readonly Backup[], options: BackupTableOptions): string {
  const columns = backupColumns(options);
  return table(
    columns.map(([title]) => title),
    backups.map((backup) =>
      columns.map(([title, cell]) => (title === 'MESSAGE' ? cell : wordOf(cell))(backup)),
    ),
  );
}

/** What somebody chooses by, narrow enough for 60 columns where names allow it. */
export function choiceTable(backups: readonly Backup[], now: Date): string {
  return table(
    ['NAME', 'CLAIM', 'SIZE', 'AGE'],
    backups.map(({ id, namespace, pvc, archive, createdAt }) =>
      [id, `${namespace}/${pvc}`, archiveSize(archive), formatAge(new Date(createdAt), now)].map(oneWord),
    ),
  );
}

type Column = readonly [title: string, cell: (backup: Backup) => string];

function backupColumns({ allNamespaces, wide, now }: BackupTableOptions): readonly Column[] {
  const namespace: Column = ['NAMESPACE', (backup) => backup.namespace];
  const narrow: readonly Column[] = [
    ['NAME', (backup) => backup.id],
    ['PVC', (backup) => backup.pvc],
    ['STATUS', (backup) => backup.status],
    ['SIZE', (backup) => archiveSize(backup.archive)],
    ['CHECKSUM', (backup) => backup.checksumSha256?.slice(0, shownChecksumDigits) ?? ''],
    ['AGE', (backup) => formatAge(new Date(backup.createdAt), now)],
  ];
  const more: readonly Column[] = [
    ['CREATED', (backup) => backup.createdAt],
    ['ARCHIVE', (backup) => backup.archive?.path ?? ''],
    ['PVC-UID', (backup) => backup.pvcUid ?? ''],
    ['MESSAGE', (backup) => backup.message],
  ];
  return [...(allNamespaces ? [namespace] : []), ...narrow, ...(wide ? more : [])];
}

function wordOf(cell: (backup: Backup) => string): (backup: Backup) => string {
  return (backup) => oneWord(cell(backup));
}

function archiveSize(archive: BackupArchive | undefined): string {
  if (archive === undefined || isRemote(archive)) return '';
  return archive.sizeBytes === undefined ? 'missing' : formatBytes(archive.sizeBytes);
}

export interface BackupJson extends Backup {
  readonly apiVersion: typeof apiVersion;
  readonly kind: 'Backup';
}

/** The `Backup` of the JSON contract; what is not known is left out. Fields are only ever added. */
export function backupJson(backup: Backup): BackupJson {
  const { id, namespace, pvc, pvcUid, status, createdAt, archive, checksumSha256, message, catalog } = backup;
  return {
    apiVersion,
    kind: 'Backup',
    id,
    namespace,
    pvc,
    ...(pvcUid !== undefined && { pvcUid }),
    status,
    createdAt,
    ...(archive && { archive }),
    ...(checksumSha256 !== undefined && { checksumSha256 }),
    message,
    catalog,
  };
}

/** Several of them, validated or not. */
export function backupListJson<Item extends BackupJson>(items: readonly Item[]) {
  return { apiVersion, kind: 'BackupList', items } as const;
}
