/**
 * What is asked of a whole volume inside the restore pod, of nothing but busybox (GNU tools do as well); each is run as
 * `sh -c SCRIPT NAME FOLDER`. No symlink is followed, names are bytes, and `lost+found` at the top is not the volume's.
 */

/**
 * A tar.gz of the folder on stdout; the exit code is tar's own.
 * Debian's busybox has no `--exclude`: there lost+found comes along, as in NKVM's own backups. That only root may look
 * into it is no failure of a user's, so that whoever takes the tar.gz must look whether all else is in it.
 */
export const packScript = `
folder=$1
shift
if tar --help 2>&1 | grep -q -e --exclude; then set -- --exclude=./lost+found; fi
exec 3>&1
said=$(tar -czf - "$@" -C "$folder" . 2>&1 >&3)
code=$?
[ -z "$said" ] || printf '%s\\n' "$said" >&2
if printf '%s\\n' "$said" | grep -v -q -e '^tar: [.]/lost+found: ' -e '^tar: error exit delayed'; then exit "$code"; fi
`;

/**
 * Removes all that is in the folder, which stays itself, and says `left COUNT`, of its top. Only a count of 0 is
 * success: `rm -f` says nothing of what it could not see. Debian's busybox has no `find -delete`.
 * A wipe whose connection was lost goes on in the pod, and is known by the environment of its programs: the next one
 * waits for its end, or it might remove by name what the archive has put there since. `$2` is there once the archive
 * comes: a wipe that starts only then is too late. To a user, folders that deny their owner must be opened first.
 */
export const wipeScript = String.raw`
cd "$1" || exit 70
[ ! -e "$2" ] || exit 71
while grep -q NKVM_WIPING=1 /proc/[0-9]*/environ 2>/dev/null; do sleep 1; done
export NKVM_WIPING=1
top() { find . -mindepth 1 -maxdepth 1 ! -name lost+found -print0; }
left() { top | tr -cd '\000' | wc -c; }
top | xargs -0 -r rm -rf
if [ "$(left)" -gt 0 ]; then
  find . -type d ! -path './lost+found' ! -path './lost+found/*' ! -perm -700 -exec chmod u+rwx {} \; 2>/dev/null
  top | xargs -0 -r rm -rf
fi
echo "left $(left)"
`;

/**
 * Where something is mounted inside the folder. Field 5 of mountinfo is where; field 4 may be a path of the same look.
 */
export const mountsScript = `cut -d ' ' -f 5 /proc/self/mountinfo | grep "^$1/" || true`;

/**
 * Defines `flush FOLDER`: what was written there is on its disk. An image whose sync knows no filesystem syncs all; a
 * sync that fails is a failure, as a full or broken disk tells of itself only here.
 */
export const flushFunction = `
flush() {
  said=$(sync -f "$1" 2>&1) && return
  case $said in
    *[Uu]sage*|*option*) sync ;;
    *) echo "sync: $said" >&2; return 74 ;;
  esac
}
`;
