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

/** How often the heartbeat on its pod is renewed: several times while somebody looks whether a verify lives. */
export const heartbeatSeconds = 8;

/** The second in its name, as RFC 3339. */
export function beganAt(run: RunId): string {
  return run.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d).*$/, '$1-$2-$3T$4:$5:$6Z');
}
