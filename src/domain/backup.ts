/** One row of NKVM's `backup_history`, or one file of a directory of archives. */
export interface Backup {
  /** The row's ID as text; in a directory catalogue the archive's file name. */
  readonly id: string;
  readonly namespace: string;
  readonly pvc: string;
  /** UID of the claim that was backed up: the only identity NKVM files. Absent in a directory catalogue. */
  readonly pvcUid?: string;
  /** A row that contradicts itself (no time, a success without a checksum) counts as failed; `message` says why. */
  readonly status: BackupStatus;
  /**
   * When the backup finished (in a directory catalogue: was begun): RFC 3339, UTC, seconds.
   * Empty where the row holds no time.
   */
  readonly createdAt: string;
  /** Absent when the backup failed. */
  readonly archive?: BackupArchive;
  /** SHA-256 of the archive as filed, 64 lower-case hex digits. It proves "unchanged since", never "complete". */
  readonly checksumSha256?: string;
  /** Why the backup failed or cannot be used; usually empty otherwise. */
  readonly message: string;
  /** Where the row was read: the database file or the directory as an absolute path, or `app:NAMESPACE/DEPLOYMENT`. */
  readonly catalog: string;
}

export type BackupStatus = 'success' | 'failed';

export interface BackupArchive {
  /** As filed: absolute, relative to NKVM's working directory, or `ftp|ftps|scp|rsync://host/dir/name`. */
  readonly path: string;
  /**
   * The absolute path at which it was found, on this machine or in the app's pod as `catalog` says; absent when it is
   * remote or in none of the places looked at.
   */
  readonly resolvedPath?: string;
  /** Bytes of that file now; absent when there is none. */
  readonly sizeBytes?: number;
}

/** Whether NKVM filed the archive on another machine, reached by one of its own protocols. */
export function isRemote({ path }: BackupArchive): boolean {
  return /^(ftps?|scp|rsync):\/\//i.test(path);
}
