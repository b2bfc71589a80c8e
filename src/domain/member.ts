/** What a tar member is, in POSIX words. */
export type MemberType =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'hardlink'
  | 'fifo'
  | 'character-device'
  | 'block-device'
  | 'socket';

/**
 * One member of an archive, or one path of a volume, in a form in which the two can be compared.
 * Paths are bytes, not text: each character of `path` and `linkTarget` is one byte (latin1), so that names
 * that are not UTF-8 survive. `displayPath` (domain/archive-path.ts) makes them readable.
 */
export interface Member {
  /** Relative to the volume's root, without a leading `./` or a trailing `/`; the root itself is `.`. */
  readonly path: string;
  readonly type: MemberType;
  /** Bytes of content; 0 for all but files. */
  readonly sizeBytes: number;
  /** Permission bits with setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970, UTC. */
  readonly mtimeSeconds: number;
  /** Target of a symlink (as stored) or of a hard link (a path of this archive, normalised like `path`). */
  readonly linkTarget?: string;
  /** SHA-256 of a file's content, 64 lower-case hex digits. */
  readonly sha256?: string;
  readonly lost?: Lost;
}

/** What a member was to land with, where the restore pod cannot give it that. */
export interface Lost {
  readonly uid?: number;
  readonly gid?: number;
  readonly mode?: number;
}
