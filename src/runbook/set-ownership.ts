/**
 * The owners and modes that tar leaves wrong, set in the restore pod before and after it, from the manifest. busybox
 * tar gives no symlink its owner, and no member another owner than the archive's. As a user it also drops setuid and
 * setgid bits, makes directories with what the umask and a setgid parent leave, and cannot write into a directory that
 * denies its owner.
 */
import type { Manifest } from '../archive/manifest.ts';
import { parentPaths } from '../domain/archive-path.ts';
import type { ForeignPaths } from '../domain/foreign-paths.ts';
import type { Member } from '../domain/member.ts';
import { RunbookError } from './failure-matrix.ts';
import type { PodShape } from './pod-shape.ts';
import type { Run } from './run.ts';
import type { RestorePod } from './step3-create-restore-pod.ts';
import { xargsInPod } from './xargs-in-pod.ts';

/** For tar: as a user it gives no mode but by its umask. */
export function umaskOf({ identity }: PodShape): string {
  return identity.kind === 'root' ? '022' : '0';
}

const shownObstacles = 10;

/** Before the first byte: throws `volume-not-writable` where the pod's user may not write what the archive has. */
export function refuseUnwritable(
  { identity }: PodShape,
  foreign: ForeignPaths | undefined,
  manifest: Manifest,
): void {
  if (foreign === undefined || identity.kind === 'root') return;
  const obstacles = foreign.obstacles(manifest.members());
  if (obstacles.length === 0) return;
  const more = obstacles.length > shownObstacles ? `\n  … and ${obstacles.length - shownObstacles} more` : '';
  throw new RunbookError(
    'volume-not-writable',
    `the volume is untouched; as uid ${identity.uid}, gid ${[identity.gid, identity.fsGroup ?? []].flat().join(', fsGroup ')}:\n  ${obstacles.slice(0, shownObstacles).join('\n  ')}${more}`,
  );
}

export interface OwnershipWork {
  readonly pod: RestorePod;
  readonly manifest: Manifest;
  readonly shape: PodShape;
  /** Undefined as root. */
  readonly foreign: ForeignPaths | undefined;
}

/** Makes or opens the directories that would keep tar out. */
export async function openDirectories(run: Run, work: OwnershipWork): Promise<void> {
  if (work.foreign === undefined) return;
  const script = 'for name do mkdir -p "$name" && chmod u+rwx "$name" || exit 255; done';
  await xargsInPod(run, work.pod, {
    command: ['sh', '-c', script, 'nkvm-open'],
    words: namesOf(closedDirectories(work.manifest, work.foreign)),
    what: 'modes of directories',
  });
}

/** Parents first. */
function* closedDirectories(manifest: Manifest, foreign: ForeignPaths): Generator<string> {
  yield* foreign.locked;
  let lastParent = '';
  for (const { path, type, mode } of manifest.members()) {
    const parent = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
    if (parent !== lastParent) {
      const unlisted = parentPaths(path).filter((directory) => manifest.isDirectoryOnTheWay(directory));
      yield* unlisted.filter((directory) => !foreign.hasDirectory(directory));
    }
    lastParent = parent;
    if (type === 'directory' && (mode & 0o700) !== 0o700 && !foreign.hasDirectory(path)) yield path;
  }
}

/** After tar: owners, then the modes that a change of owner clears or that tar has not given. */
export async function setOwnership(run: Run, work: OwnershipWork): Promise<void> {
  const { ownership } = work.shape;
  const isOurs = ({ type, path }: Member): boolean =>
    type !== 'hardlink' && !work.foreign?.hasDirectory(path);
  const setsOwner = (member: Member): boolean =>
    isOurs(member) && (ownership.changesMembers || member.type === 'symlink' || member.lost !== undefined);
  await inGroups(run, work, {
    command: ['chown', '-h'],
    group: ({ uid, gid }) => `${uid}:${gid}`,
    isIn: setsOwner,
  });
  if (work.foreign === undefined && !ownership.changesMembers) return;
  const setsMode = (member: Member): boolean => {
    if (!isOurs(member) || member.type === 'symlink') return false;
    if (work.foreign !== undefined && member.type === 'directory') return true;
    return (member.mode & 0o7000) !== 0 || member.lost?.mode !== undefined;
  };
  // With five digits GNU's chmod takes a setgid bit away from a directory, too.
  await inGroups(run, work, {
    command: ['chmod'],
    group: ({ mode }) => mode.toString(8).padStart(5, '0'),
    isIn: setsMode,
  });
}

interface Grouping {
  readonly command: readonly string[];
  /** The word that the command takes before the names of one group. */
  readonly group: (member: Member) => string;
  readonly isIn: (member: Member) => boolean;
}

/** One command for each group: a process for each path would take minutes. */
async function inGroups(run: Run, work: OwnershipWork, { command, group, isIn }: Grouping): Promise<void> {
  const { manifest } = work;
  const groups = new Set<string>();
  for (const member of manifest.members()) if (isIn(member)) groups.add(group(member));
  const what = command[0] === 'chmod' ? 'modes' : 'owners';
  for (const word of groups)
    await xargsInPod(run, work.pod, { command: [...command, word], words: namesOf(pathsIn(word)), what });

  function* pathsIn(word: string): Generator<string> {
    for (const member of manifest.members()) if (isIn(member) && group(member) === word) yield member.path;
  }
}

function* namesOf(paths: Iterable<string>): Iterable<string> {
  for (const path of paths) yield `./${path}\0`;
}
