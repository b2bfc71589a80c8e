/**
 * The records of a pax header, as bytes: tar-stream decodes them as UTF-8, and so loses the names that are not.
 * The first sparse dialect (0.0) repeats its keys; here its pairs become the list that the second (0.1) has.
 */

/** Keys and values, each character one byte (latin1). */
export type PaxRecords = ReadonlyMap<string, string>;

export const sparseMapKey = 'GNU.sparse.map';
const sparsePairKeys: ReadonlySet<string> = new Set(['GNU.sparse.offset', 'GNU.sparse.numbytes']);
/** All others are passed over: what nobody reads must not take room, for a global header is of every member. */
const readKeys: ReadonlySet<string> = new Set([
  ...['path', 'linkpath', 'size', 'uid', 'gid', 'mtime'],
  ...['major', 'minor', 'name', 'realsize', 'size', 'numblocks', 'map'].map((key) => `GNU.sparse.${key}`),
]);

/** Undefined when the content is not `LENGTH KEY=VALUE\n` again and again. */
export function parsePaxRecords(content: Buffer): PaxRecords | undefined {
  const records = new Map<string, string>();
  const text = content.toString('latin1');
  const lengthField = /([1-9]\d*) /y;
  for (let at = 0; at < text.length; ) {
    lengthField.lastIndex = at;
    const length = Number(lengthField.exec(text)?.[1] ?? Number.NaN);
    const end = at + length;
    if (!(end <= text.length) || text[end - 1] !== '\n') return undefined;
    const body = text.slice(lengthField.lastIndex, end - 1);
    const equals = body.indexOf('=');
    if (lengthField.lastIndex >= end || equals <= 0) return undefined;
    add(records, body.slice(0, equals), body.slice(equals + 1));
    at = end;
  }
  return records;
}

function add(records: Map<string, string>, key: string, value: string): void {
  if (readKeys.has(key)) records.set(key, value);
  if (!sparsePairKeys.has(key)) return;
  const earlier = records.get(sparseMapKey);
  records.set(sparseMapKey, earlier === undefined ? value : `${earlier},${value}`);
}

/** Tars disagree on what an empty one means: that the plain header counts, or a member without a name. */
const nameKeys: readonly string[] = ['path', 'linkpath'];

/** A member's own records over those of the last global header; an empty value takes a record away, but for a name. */
export function mergePaxRecords(global: PaxRecords, own: PaxRecords): PaxRecords {
  // Nothing empty is left in what was merged before.
  if (own.size === 0) return global;
  return new Map(
    [...new Map([...global, ...own])].filter(([key, value]) => value !== '' || nameKeys.includes(key)),
  );
}

/** Keys of a global header that cannot be meant for every member that follows. */
export function isForOneMember(key: string): boolean {
  return key === 'path' || key === 'linkpath' || key === 'size' || key.startsWith('GNU.sparse.');
}

/** A count in decimal digits; undefined for anything else. */
export function paxCount(value: string | undefined): number | undefined {
  if (value === undefined || !/^\d+$/.test(value)) return undefined;
  const count = Number(value);
  return Number.isSafeInteger(count) ? count : undefined;
}
