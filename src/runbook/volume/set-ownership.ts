/**
 * The owners and modes that tar leaves wrong, set in the restore pod before and after it, from the manifest. busybox
 * tar gives no symlink its owner, and no member another owner than the archive's. As a user it also drops setuid and
 * setgid bits, makes directories with what the umask and a setgid parent leave, and cannot write into a directory that
 * denies its owner.
 */
import type { Manifest } from '../../archive/manifest.ts';
import { parentPaths } from '../../domain/archive-path.ts';
import type { ForeignPaths } from '../../domain/foreign-paths.ts';
import type { PodShape } from '../pod-shape.ts';
import type { Run } from '../run.ts';
import type { RestorePod } from '../step3-create-restore-pod.ts';
import { type XargsItem, xargsInPod } from './xargs-in-pod.ts';

/** For tar: as a user it gives no mode but by its umask. */
export function umaskOf({ identity }: PodShape): string {
  return identity.kind === 'root' ? '022' : '0';
}

export interface OwnershipWork {
  readonly pod: RestorePod;
  readonly manifest: Manifest;
  readonly shape: PodShape;
  /** Undefined as root. */
  readonly foreign: ForeignPaths | undefined;
}

/** Makes or opens the directories that would keep tar out. */
export async function openDirectories(run: Run, { pod, manifest, foreign }: OwnershipWork): Promise<void> {
  if (foreign !== undefined) await openFolders(run, pod, closedDirectories(manifest, foreign));
}

/** Made where they are not there: parents first. */
export async function openFolders(run: Run, pod: RestorePod, paths: Iterable<string>): Promise<void> {
  const script = 'for name do mkdir -p "$name" && chmod u+rwx "$name" || exit 255; done';
  const command = ['sh', '-c', script, 'nkvm-open'];
  await xargsInPod(run, pod, { command, items: itemsOf(paths), what: 'modes of directories' });
}

/** Parents first. */
function* closedDirectories(manifest: Manifest, foreign: ForeignPaths): Generator<string> {
  for (const path of foreign.locked.keys()) if (manifest.hasDirectory(path)) yield path;
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
  const { changesMembers } = work.shape.ownership;
  await xargsInPod(run, work.pod, { command: ['chown', '-h'], items: ownersToSet(work), what: 'owners' });
  if (work.foreign === undefined && !changesMembers) return;
  await xargsInPod(run, work.pod, { command: ['chmod'], items: modesToSet(work), what: 'modes' });
}

function* ownersToSet({ manifest, foreign, shape }: OwnershipWork): Generator<XargsItem> {
  for (const { type, path, uid, gid, lost } of manifest.members()) {
    if (type === 'hardlink' || foreign?.hasDirectory(path)) continue;
    const isLeftByTar = !shape.ownership.changesMembers && type !== 'symlink' && lost === undefined;
    if (!isLeftByTar) yield { group: `${uid}:${gid}`, words: wordOf(path) };
  }
}

function* modesToSet({ manifest, foreign }: OwnershipWork): Generator<XargsItem> {
  for (const { type, path, mode, lost } of manifest.members()) {
    if (type === 'hardlink' || type === 'symlink' || foreign?.hasDirectory(path)) continue;
    const isByUmask = foreign !== undefined && type === 'directory';
    const isCleared = (mode & 0o7000) !== 0 || lost?.mode !== undefined;
    if (isByUmask || isCleared) yield { group: modeWord(mode), words: wordOf(path) };
  }
  // The archive says nothing of these: they were opened for what lands in them.
  for (const [path, mode] of foreign?.locked ?? [])
    if (manifest.isDirectoryOnTheWay(path)) yield { group: modeWord(mode | readable), words: wordOf(path) };
}

/** Step 5.1 has to look into it. */
const readable = 0o500;

/** With five digits GNU's chmod takes a setgid bit away from a directory, too. */
function modeWord(mode: number): string {
  return mode.toString(8).padStart(5, '0');
}

function* itemsOf(paths: Iterable<string>): Generator<XargsItem> {
  for (const path of paths) yield { words: wordOf(path) };
}

function wordOf(path: string): string {
  return `./${path}\0`;
}
