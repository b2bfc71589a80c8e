/**
 * What runs in the app's pod, as constants. Both only read: no file is made or changed, in the pod or on its volume, and
 * both end when their stdin does, so that nothing stays behind when the connection is cut.
 */

/**
 * `$1`: the program below. Takes orders from stdin, `NAME LENGTH NUMBER` on a line and LENGTH bytes behind it, until its
 * end, which comes when the connection is closed. An answer is lines, and frames: a line `NAME LENGTH` and LENGTH bytes
 * behind it; it ends with the line `done 0`.
 *
 * - `places`: frames `folder`, `database`, `backups`: the working directory, and the two variables as they are set.
 * - `backup PATH MOST`: a frame `deflated` (zlib) or, where Python has none, `backup` with a database as SQLite's online
 *   backup has it; else `failed` with the reason.
 * - `files PATH`: a database as it lies there, read twice: frames `main`, `wal`, `journal` of those that are there, then
 *   for each a line `again NAME SIZE SHA256` as it is now; of a log only as many bytes as were read before are hashed,
 *   since more may have been added. A frame `unreadable` with the user's identity where it may not be read.
 * - `look PATHS`, each ending in NUL: a line `DEVICE:INODE SIZE TYPE|PATH` for each that is there.
 */
export const shellScript = `
export LC_ALL=C
frame() { printf '%s %s\\n' "$1" "$2"; }
text() { frame "$1" "$(printf %s "$2" | wc -c)"; printf %s "$2"; }
size() { stat -L -c %s "$1" 2>/dev/null; }
# Exactly so many bytes, whatever becomes of the file meanwhile.
whole() { { head -c "$2" "$1"; cat /dev/zero; } 2>/dev/null | head -c "$2"; }
# Leaves in $bytes how much it was, empty where there is no such file.
part() {
  bytes=$(size "$2") || return
  frame "$1" "$bytes"
  whole "$2" "$bytes"
}
again() {
  now=$(size "$2") || return
  printf 'again %s %s %s\\n' "$1" "$now" "$(whole "$2" "\${3:-$now}" | sha256sum | cut -c 1-64)"
}
while read -r order length number; do
  payload=
  case $order in
    backup | files) payload=$(dd bs="$length" count=1 iflag=fullblock 2>/dev/null) ;;
  esac
  case $order in
    places)
      text folder "$PWD"
      text database "\${NKVM_METADATA_DB_PATH-}"
      text backups "\${NKVM_BACKUP_DIR-}"
      ;;
    backup)
      if test -e "$(readlink -f "$payload")-wal"; then
        text failed 'it has a write-ahead log'
      elif command -v python3 >/dev/null; then
        python3 -I -S -B -c "$1" "$payload" "$number" </dev/null 2>/dev/null || text failed "python3 ended with $?"
      else
        text failed 'the image has no python3'
      fi
      ;;
    files)
      file=$(readlink -f "$payload")
      if test -e "$file" && ! test -r "$file"; then text unreadable "$(id)"; fi
      part main "$file"
      part wal "$file-wal"
      logged=$bytes
      part journal "$file-journal"
      again main "$file"
      again wal "$file-wal" "$logged"
      again journal "$file-journal"
      ;;
    look) dd bs="$length" count=1 iflag=fullblock 2>/dev/null | xargs -0 -r stat -L -c '%d:%i %s %F|%n' 2>&1 ;;
    *) exit ;;
  esac
  frame done 0
done
`;

/**
 * `argv[1]`: the database; `argv[2]`: the most bytes that it may have, which are twice in the pod's memory for a moment.
 * Never opens one with a write-ahead log, as even a reader makes files beside that; where a log is left over, the shell
 * does not start this. Waits for a lock that another process holds, within bounds.
 */
export const backupProgram = `
import sys, time
try:
    import _sqlite3 as sqlite3  # All that is needed, in half the time.
except ImportError:
    import sqlite3

def answer(name, data):
    sys.stdout.buffer.write(b"%s %d\\n" % (name, len(data)) + data)

def in_time(*_):
    if time.monotonic() > end:
        raise TimeoutError("the database is locked")

path, most = sys.argv[1], int(sys.argv[2])
end = time.monotonic() + 5
try:
    with open(path, "rb") as file:
        header = file.read(100)
        size = file.seek(0, 2)
    if header[18:20] != b"\\1\\1":
        raise ValueError("no database in rollback mode")
    if size > most:
        raise MemoryError(f"{size} bytes are too many for the pod's memory")
    name = "".join("%%%02x" % byte for byte in path.encode("utf-8", "surrogateescape"))
    source = sqlite3.connect(f"file:{name}?mode=ro", uri=True, timeout=1)
    copy = sqlite3.connect(":memory:")
    source.backup(copy, progress=in_time, sleep=0.05)
    data = copy.serialize()
    copy.close()
except Exception as error:
    answer(b"failed", f"{type(error).__name__}: {error}".encode("utf-8", "replace"))
    sys.exit()
try:
    import zlib
except ImportError:
    answer(b"backup", data)
else:
    answer(b"deflated", zlib.compress(data, 1))
`;
