/**
 * What runs in the restore pod while an archive goes into tar there. Plain POSIX sh and busybox.
 * The wire comes in segments, in any order, over connections that may be cut at any byte. A segment is received whole
 * into a file of its own in memory and only then renamed to OFFSET.LENGTH, so a cut leaves nothing but a part that
 * nobody reads. A process that no connection holds feeds tar the segments in the order of their offsets: each byte
 * once, none missing, and tar's input ends only at the length that was announced. Nothing needs the end of stdin, which
 * older servers cannot send.
 */
import { extractName } from '../../domain/pod-process.ts';
import { flushFunction } from '../../domain/volume-scripts.ts';

/** Of a folder in memory: the segments on their way, and what tar and the feeder have said. */
const state = extractName;

/**
 * Feeds tar; `$1` the work folder, `$2` the volume, `$3` tar's flags, `$4` its umask. Its last word is a line in
 * `result`.
 */
export const extractScript = `${flushFunction}
cd "$1/${state}" || exit
echo "$$" >pid
feed() {
  exec 3<>queue 4<>acks
  taken=0 total=-1
  while [ "$taken" != "$total" ]; do
    read -r word number <&3
    case $word in
      end) total=$number ;;
      dead) return ;;
    esac
    while set -- "segments/$taken".* && [ -e "$1" ]; do
      cat "$1" || return
      taken=$((taken + \${1##*.}))
      echo "$taken" >>taken
      rm "$1"
      echo "taken $taken" >&4
    done
    [ "$word" = kept ] && [ "$number" -lt "$taken" ] && rm -f "segments/$number".*
  done
}
feed | {
  {
    umask "$4"
    tar --numeric-owner "$3" - -C "$2"
    code=$?
    echo "$code" >code
    if [ "$code" = 0 ]; then cat >/dev/null; else echo dead 1<>queue; fi
  } 2>&1 | tail -n 20 >errors
}
read -r code <code
[ "$code" = 0 ] && { flush "$2" 2>>errors || code=74; }
echo "ended $code $(tail -n 1 taken)" >result.new
mv result.new result
cat result result 1<>acks
`;

/** Starts the feeder and tar, detached, once. `$1` to `$4` as above; `$5` is the script above. */
export const beginScript = `
cd "$1" || exit 70
for program in setsid mkfifo dd stat tail tar; do
  command -v "$program" >/dev/null || { echo "the image has no $program" >&2; exit 71; }
done
mkdir ${state} || {
  [ -e ${state}/begun ] && exit 0
  echo "what is begun in $1 has not come to its end" >&2
  exit 72
}
mkdir ${state}/segments ${state}/lanes && mkfifo ${state}/queue ${state}/acks && echo 0 >${state}/taken || exit 72
setsid sh -c "$5" nkvm-extract "$1" "$2" "$3" "$4" </dev/null >${state}/log 2>&1 &
touch ${state}/begun
`;

/** dd reads so much at a time; what a segment has beyond whole blocks is read by itself. */
const blockBytes = 64 * 1024;

/**
 * One upload; `$1` the work folder, `$2` the lane, `$3` which connection of that lane it is. Ends those before it,
 * which lost connections have left; if one after it is there, it is itself left. Each has a part of its own, so that
 * two can never write to one. On stdout: `kept OFFSET` for each segment that is whole, `taken BYTES` when tar has so
 * many, `ended CODE BYTES` when tar has ended, `ready` when all that is known has been said. On stdin: `OFFSET LENGTH`
 * and that many bytes; `end BYTES` when there are no more; `look` to be told again.
 */
export const uploadScript = `
cd "$1/${state}/segments" || exit 70
part=../part.$2.$3
exec 3<>../queue
while read -r ack; do echo "$ack"; done <>../acks &
pump=$!
trap 'kill "$pump"; rm -f "$part"' EXIT
echo "$$ $pump" >"../new.$2.$3"
mv "../new.$2.$3" "../lanes/$2.$3"
for other in ../lanes/"$2".*; do
  [ "\${other##*.}" -gt "$3" ] && exit 74
  [ "\${other##*.}" = "$3" ] && continue
  if read -r old its <"$other" && grep -q nkvm-upload "/proc/$old/cmdline"; then
    kill -9 "$old" "$its" "-$old"
  fi
  rm -f "$other" "../part.$2.\${other##*.}"
done 2>/dev/null
look() {
  for segment in *.*; do [ -e "$segment" ] && echo "kept \${segment%.*}"; done
  echo "taken $(tail -n 1 ../taken)"
  [ -e ../result ] && cat ../result
}
look
echo ready
while read -r word number; do
  case $word in
    look) look ;;
    end) echo "end $number" >&3 ;;
    *)
      rest=$((number % ${blockBytes}))
      {
        [ "$number" -lt ${blockBytes} ] || dd bs=${blockBytes} iflag=fullblock count=$((number / ${blockBytes}))
        [ "$rest" = 0 ] || dd bs="$rest" iflag=fullblock count=1
      } >"$part" 2>/dev/null
      [ "$(stat -c %s "$part")" = "$number" ] || { echo "segment $word is not whole" >&2; exit 73; }
      mv -f "$part" "$word.$number"
      echo "kept $word"
      echo "kept $word" >&3
      ;;
  esac
done
`;

/** How it ended, and tar's last words on stderr. `$1` the work folder. */
export const resultScript = `
cat "$1/${state}/result" || exit
cat "$1/${state}/errors" >&2
`;
