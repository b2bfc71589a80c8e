/**
 * The name of one restore or verify: `YYYYMMDDHHMMSS-xxxxx`, in the pod's name, the label and the record's file name.
 */
export type RunId = string & { readonly __brand: 'RunId' };

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const pattern = /^\d{14}-[bcdfghjklmnpqrstvwxz2456789]{5}$/;

/** `randomBytes` must hold at least five; each picks one character. */
export function newRunId(now: Date, randomBytes: Uint8Array): RunId {
  const time = now
    .toISOString()
    .replace(/[^0-9]/g, '')
    .slice(0, 14);
  const suffix = [...randomBytes.subarray(0, 5)].map((byte) => alphabet[byte % alphabet.length]).join('');
  return `${time}-${suffix}` as RunId;
}

export function parseRunId(text: string | undefined): RunId | undefined {
  return text !== undefined && pattern.test(text) ? (text as RunId) : undefined;
}

/** A run is live until this long after the last heartbeat seen on its pod. */
export const heartbeatSeconds = 15;
export const liveSeconds = 60;

/** Seconds for which a run with this heartbeat still counts as live; 0 when it is dead. */
export function liveForSeconds(heartbeat: string | undefined, now: Date): number {
  const seen = Date.parse(heartbeat ?? '');
  if (Number.isNaN(seen)) return 0;
  return Math.max(0, Math.ceil(liveSeconds - (now.getTime() - seen) / 1000));
}
