/**
 * Sparse members: files of which an archive holds only the parts between the holes. The four dialects of GNU tar:
 * the old one, whose map is in the header and in blocks behind it, and the three with pax records (0.0, 0.1, 1.0), the
 * last of which has its map before the content.
 */
import { type PaxRecords, paxCount, sparseMapKey } from './pax-records.ts';
import { countAt } from './tar-field.ts';

export interface SparsePart {
  /** Where in the file. */
  readonly offset: number;
  readonly bytes: number;
}

export interface SparseMap {
  /** Of the file, its holes included. */
  readonly fileBytes: number;
  /** In the order of the file; all else is holes. */
  readonly parts: readonly SparsePart[];
}

/** Bounds memory: GNU tar writes a part for each run of blocks, so no real file comes near. */
export const mostSparseParts = 1_000_000;

const fieldBytes = 12;
const entryBytes = 2 * fieldBytes;

/** Where the old dialect has its parts, and the mark that a block with more follows. */
interface OldLayout {
  readonly firstEntry: number;
  readonly entries: number;
  readonly moreMark: number;
}
export const oldHeaderLayout: OldLayout = { firstEntry: 386, entries: 4, moreMark: 482 };
export const oldExtensionLayout: OldLayout = { firstEntry: 0, entries: 21, moreMark: 504 };
const oldFileBytesOffset = 483;

export function oldFileBytes(header: Buffer): number | undefined {
  return countAt(header, oldFileBytesOffset, fieldBytes);
}

export function hasMoreParts(block: Buffer, { moreMark }: OldLayout): boolean {
  return block[moreMark] !== 0;
}

/** Undefined when an entry is no number. An entry that is all zeros is none. */
export function oldParts(block: Buffer, { firstEntry, entries }: OldLayout): SparsePart[] | undefined {
  const parts: SparsePart[] = [];
  for (let at = firstEntry; at < firstEntry + entries * entryBytes; at += entryBytes) {
    if (block[at] === 0) break;
    const offset = countAt(block, at, fieldBytes);
    const bytes = countAt(block, at + fieldBytes, fieldBytes);
    if (offset === undefined || bytes === undefined) return undefined;
    parts.push({ offset, bytes });
  }
  return parts;
}

/** What pax records say of a sparse member: `dialect` is undefined for a version that is none of GNU tar's. */
export interface PaxSparse {
  readonly dialect: 'in-records' | 'in-content' | undefined;
  readonly version: string;
  readonly fileBytes: number | undefined;
}

/** Undefined when the member is not sparse. */
export function paxSparse(pax: PaxRecords): PaxSparse | undefined {
  const [major, minor] = [pax.get('GNU.sparse.major'), pax.get('GNU.sparse.minor')];
  const version = `${major ?? 0}.${minor ?? 0}`;
  const fileBytes = paxCount(pax.get('GNU.sparse.realsize') ?? pax.get('GNU.sparse.size'));
  if (major !== undefined || minor !== undefined) {
    const dialects: Readonly<Record<string, PaxSparse['dialect']>> = {
      '0.0': 'in-records',
      '0.1': 'in-records',
      '1.0': 'in-content',
    };
    return { dialect: dialects[version], version, fileBytes };
  }
  const isSparse = [...pax.keys()].some((key) => key.startsWith('GNU.sparse.') && key !== 'GNU.sparse.name');
  return isSparse ? { dialect: 'in-records', version, fileBytes } : undefined;
}

/** Of the dialects 0.0 and 0.1. Undefined when the records are no map. */
export function partsInRecords(pax: PaxRecords): SparsePart[] | undefined {
  const map = pax.get(sparseMapKey) ?? '';
  const parts = pairs(map === '' ? [] : map.split(',').map(paxCount));
  const count = pax.get('GNU.sparse.numblocks');
  return count === undefined || paxCount(count) === parts?.length ? parts : undefined;
}

/**
 * Reads the map of dialect 1.0, which stands before the content in whole blocks: a count, then offset and length of
 * each part, each number on a line of its own.
 */
export class MapInContent {
  readonly #numbers: number[] = [];
  #digits = '';

  /** True when the map is whole, undefined when another block belongs to it, false when it is no map. */
  take(block: Buffer): boolean | undefined {
    const [first = '', ...more] = block.toString('latin1').split('\n');
    let line = this.#digits + first;
    for (const next of more) {
      const number = paxCount(line);
      if (number === undefined) return false;
      this.#numbers.push(number);
      const count = this.#numbers[0] ?? 0;
      if (count > mostSparseParts) return false;
      if (this.#numbers.length === 1 + 2 * count) return true;
      line = next;
    }
    this.#digits = line;
    return /^\d{0,20}$/.test(line) ? undefined : false;
  }

  /** Once the map is whole. */
  parts(): SparsePart[] {
    return pairs(this.#numbers.slice(1)) ?? [];
  }
}

function pairs(numbers: ReadonlyArray<number | undefined>): SparsePart[] | undefined {
  if (numbers.length % 2 !== 0 || numbers.length > 2 * mostSparseParts) return undefined;
  const parts: SparsePart[] = [];
  for (let at = 0; at < numbers.length; at += 2) {
    const [offset, bytes] = [numbers[at], numbers[at + 1]];
    if (offset === undefined || bytes === undefined) return undefined;
    parts.push({ offset, bytes });
  }
  return parts;
}

/** Whether the parts lie in the file in order, and are exactly what is stored. */
export function mapFits({ fileBytes, parts }: SparseMap, storedBytes: number): boolean {
  let end = 0;
  let sum = 0;
  for (const { offset, bytes } of parts) {
    if (offset < end) return false;
    end = offset + bytes;
    sum += bytes;
  }
  return end <= fileBytes && sum === storedBytes;
}
