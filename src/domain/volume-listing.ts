/**
 * What is on a volume, read inside the restore pod by nothing but busybox (GNU tools do as well).
 *
 * Guarantees: no symlink is followed; names are bytes, whatever they hold; and a stream that was cut is never taken
 * for a whole one, because only a walk that came to its end writes the last frame.
 *
 * The script prints frames that end in NUL, which no name can hold. A batch of names is
 *   1. each name, then an empty frame;
 *   2. one frame of `stat` lines, a line for each name that is still there;
 *   3. name and target of each symlink, then an empty frame;
 *   4. one frame of `sha256sum` lines in any order, one for each regular file that could be read, or `-` in stat mode.
 * After the last batch come `END` and the exit status of `find`. Lines are told apart by the names known from 1, which
 * is certain as long as no name has a newline: one that has is a batch of its own. Mount points are crossed, as
 * the `tar` that made the backup crossed them. A batch costs a constant number of processes, plus one for each symlink.
 *
 * Hashing is what a listing waits for, so a batch's files are dealt out to two processes, as many as the pod may use
 * CPUs: one prints at once, what the other prints is held until then, and so no line is torn. Which are whose, `one` and
 * `other` say, of every second argument that there is: they are evaluated, and hold nothing but numbers.
 */
import { LineReader, readHashLines, type StatLine, statFormat, takeStatLine } from './listing-lines.ts';
import type { Member, MemberType } from './member.ts';

/** A path of a volume. `sha256` is there in hash mode, for files; owner and mode are what the volume has. */
export interface VolumeEntry extends Member {
  readonly allocatedBytes: number;
  /** The content of a file, or the target of a symlink, could not be read; stderr of the script says why. */
  readonly unreadable?: true;
}

/**
 * Names in a batch at most, and so the paths that a parser holds. With 256 it took a third more of a pod's CPU time.
 */
const batchSize = 1000;

/** Run as `sh -c SCRIPT nkvm-list FOLDER hash|stat`; FOLDER is absolute. Without a last frame it exits non-zero. */
export const volumeListingScript = String.raw`
one= other= number=0
while [ $number -lt ${batchSize} ]; do
  number=$((number + 1))
  one="$one \${$number+\"\${$number}\"}"
  number=$((number + 1))
  other="$other \${$number+\"\${$number}\"}"
done
hash='
lines=
eval "sha256sum $one &"
[ $# -eq 1 ] || lines=$(eval "sha256sum $other")
wait
[ -z "$lines" ] || printf "%s\n" "$lines"
'
batch='
list() {
  printf "%s\0" "$@" ""
  stat -c "${statFormat}" "$@" || [ $? -eq 1 ] || exit 255
  printf "\0"
  for link do
    if [ -L "$link" ]; then
      printf "%s\0" "$link"
      readlink -n "$link"
      printf "\0"
    fi
  done
  printf "\0"
  case $mode in
    hash) find "$@" -maxdepth 0 -type f -exec sh -c "$hash" nkvm-hash {} + ;;
    *) printf "%s" - ;;
  esac
  printf "\0"
}
mode=$1
shift
case "$*" in
  *"
"*) ;;
  *) list "$@"; exit ;;
esac
first=yes
for name do
  [ -z "$first" ] || set --
  first=
  case $name in
    *"
"*)
      [ $# -eq 0 ] || list "$@"
      set --
      list "$name"
      ;;
    *) set -- "$@" "$name" ;;
  esac
done
[ $# -eq 0 ] || list "$@"
'
export LC_ALL=C hash one other
cd "$1" || exit
exec 3>&1
walk=$({ { find . -print0; echo $? >&4; } | xargs -0 -n ${batchSize} sh -c "$batch" nkvm-list "$2" >&3; } 4>&1) &&
  printf 'END\0%s\0' "$walk"
`;

export interface ListingEnd {
  /** False when a directory could not be read, or vanished meanwhile: paths below it may be absent. */
  readonly everyDirectoryRead: boolean;
}

/**
 * Takes the script's stdout in chunks of any size; both methods throw an Error when it is not what the script prints.
 */
export interface ListingParser {
  push(chunk: Uint8Array): void;
  end(): ListingEnd;
}

/** Longer than what can be said of one batch, so that a stream that is no listing cannot fill the memory. */
const longestFrameBytes = 4 * 1024 * 1024;

/** Calls `onEntry` for each path, a folder before what is in it; what vanished while it was read is left out. */
export function createListingParser(onEntry: (entry: VolumeEntry) => void): ListingParser {
  const reader = readListing(onEntry);
  reader.next();
  let partial = '';
  let listingEnd: ListingEnd | undefined;

  return {
    push(chunk) {
      const [rest = '', ...more] = latin1(chunk).split('\0');
      partial += rest;
      for (const next of more) {
        if (listingEnd !== undefined) throw malformed('something after the last frame');
        listingEnd = reader.next(partial).value;
        partial = next;
      }
      if (partial.length > longestFrameBytes) throw malformed('a frame without an end');
    },
    end() {
      if (listingEnd === undefined || partial !== '')
        throw new Error('the listing of the volume was cut off');
      return listingEnd;
    },
  };
}

/** One batch: its names in the order of the walk, and what was read of them. */
interface Batch {
  readonly names: readonly string[];
  readonly stats: string;
  readonly targets: ReadonlyMap<string, string>;
  readonly hashes: string;
}

/** The grammar above: `yield` is the next frame. */
function* readListing(onEntry: (entry: VolumeEntry) => void): Generator<undefined, ListingEnd, string> {
  for (let name = yield; name !== 'END'; name = yield) {
    const names: string[] = [];
    for (; name !== ''; name = yield) {
      if (names.length === batchSize || !/^\.(\/|$)/.test(name)) throw malformed('a name out of place');
      names.push(name);
    }
    const stats = yield;
    const targets = new Map<string, string>();
    for (let link = yield; link !== ''; link = yield) {
      if (targets.size === names.length) throw malformed('too many symlinks');
      targets.set(link, yield);
    }
    for (const entry of entriesOf({ names, stats, targets, hashes: yield })) onEntry(entry);
  }
  const status = yield;
  // A find that met an error says 1; anything else is one that did not come to its end.
  if (status !== '0' && status !== '1')
    throw new Error(`the walk of the volume was stopped: find exited ${status}`);
  return { everyDirectoryRead: status === '0' };
}

function* entriesOf({ names, stats, targets, hashes }: Batch): Generator<VolumeEntry> {
  const statLines = new LineReader(stats);
  const sha256Of = readHashLines(hashes === '-' ? '' : hashes, names);
  if (sha256Of === undefined) throw malformed('a hash of no name');
  for (const name of names) {
    const stat = takeStatLine(statLines, name);
    if (stat === undefined) continue;
    const entry = statEntry(name, stat);
    if (entry.type === 'symlink') yield withTarget(entry, targets.get(name));
    else if (entry.type === 'file' && hashes !== '-') yield withHash(entry, sha256Of.get(name));
    else yield entry;
  }
  if (!statLines.atEnd) throw malformed('a stat line of no name');
}

const typeOfFormat: ReadonlyMap<number, MemberType> = new Map([
  [0x8000, 'file'],
  [0x4000, 'directory'],
  [0xa000, 'symlink'],
  [0x1000, 'fifo'],
  [0x2000, 'character-device'],
  [0x6000, 'block-device'],
  [0xc000, 'socket'],
]);

function statEntry(name: string, { rawMode, sizeBytes, ...stat }: StatLine): VolumeEntry {
  const type = typeOfFormat.get(rawMode & 0xf000);
  if (type === undefined) throw malformed(`an unknown kind of file (mode ${rawMode.toString(16)})`);
  const path = name === '.' ? name : name.slice('./'.length);
  return { path, type, sizeBytes: type === 'file' ? sizeBytes : 0, mode: rawMode & 0o7777, ...stat };
}

function withTarget(entry: VolumeEntry, linkTarget: string | undefined): VolumeEntry {
  return linkTarget === undefined || linkTarget === ''
    ? { ...entry, unreadable: true }
    : { ...entry, linkTarget };
}

function withHash(entry: VolumeEntry, sha256: string | undefined): VolumeEntry {
  return sha256 === undefined ? { ...entry, unreadable: true } : { ...entry, sha256 };
}

function latin1({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}

function malformed(what: string): Error {
  return new Error(`the listing of the volume is malformed: ${what}`);
}
