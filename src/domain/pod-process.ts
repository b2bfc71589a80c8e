/**
 * The restore pod's own process. It outlives a client that dies, but for a bounded time only: the client renews the
 * heartbeat on the pod, the kubelet brings it into a file, and when that stays the same for too long the process ends,
 * and with it everything in the pod. Time is counted by the kernel's uptime, which no clock change moves.
 * It also says so when something ended the extraction without a word, such as the kernel for lack of memory.
 */

/** In memory: what is on its way to tar. */
export const workFolder = '/nkvm';
/** In it, there once the archive comes. */
export const extractName = 'extract';
export const extractFolder = `${workFolder}/${extractName}`;
/** The heartbeat, by the downward API. */
export const leaseFolder = '/nkvm-lease';
export const leaseFile = 'heartbeat';

/** Several times what the client and the kubelet need to bring a new heartbeat into the file. */
export const leaseSeconds = 180;

const watchSeconds = 5;

/**
 * `$1` lease file, `$2` seconds, `$3` the extraction's folder. PID 1 ignores signals that it does not trap: without the
 * trap a deletion would wait out its grace period. It ends as one that a signal ended: of a pod that succeeded the kubelet
 * does not say that it was evicted.
 */
const podScript = `
trap "exit 143" TERM
last= since=0
while :; do
  sleep ${watchSeconds} &
  wait "$!"
  read -r now _ </proc/uptime
  now=\${now%%.*}
  beat=
  [ -e "$1" ] && read -r beat <"$1"
  if [ "$beat" != "$last" ] || [ "$since" = 0 ] || [ ! -e "$1" ]; then
    last=$beat since=$now
  elif [ "$((now - since))" -ge "$2" ]; then
    echo "kubectl nkvm gave no sign of life for $2 s; its last was at $last" | tee /dev/termination-log
    exit 75
  fi
  if [ -e "$3/pid" ] && [ ! -e "$3/result" ]; then
    read -r pid <"$3/pid"
    [ -e "/proc/$pid" ] || [ -e "$3/result" ] || {
      echo "ended lost $(tail -n 1 "$3/taken")" >"$3/result.new"
      mv "$3/result.new" "$3/result"
      cat "$3/result" "$3/result" 1<>"$3/acks"
    }
  fi
done
`;

export function podCommand(seconds: number): readonly string[] {
  const words = [`${leaseFolder}/${leaseFile}`, String(seconds), extractFolder];
  return ['sh', '-c', podScript, 'nkvm', ...words];
}
