/**
 * What is on a volume, read inside the restore pod by nothing but busybox (GNU tools do as well).
 *
 * Guarantees: no symlink is followed; names are bytes, whatever they hold; and only a walk that came to its end writes
 * the last frame.
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
import { statFormat } from './listing-lines.ts';
import type { Member } from './member.ts';

/** A path of a volume. `sha256` is there in hash mode, for files; owner and mode are what the volume has. */
export interface VolumeEntry extends Member {
  readonly allocatedBytes: number;
  /** The content of a file, or the target of a symlink, could not be read; stderr of the script says why. */
  readonly unreadable?: true;
}

/**
 * Names in a batch at most, and so the paths that a parser holds. With 256 it took a third more of a pod's CPU time.
 */
export const batchSize = 1000;

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
