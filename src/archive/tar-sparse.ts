/** The map of a sparse member, read where its dialect has it: in the header, in blocks behind it, in pax records. */
import type { Want } from './byte-feed.ts';
import type { PaxRecords } from './pax-records.ts';
import {
  hasMoreParts,
  MapInContent,
  mapFits,
  mostSparseParts,
  oldExtensionLayout,
  oldFileBytes,
  oldHeaderLayout,
  oldParts,
  type PaxSparse,
  partsInRecords,
  paxSparse,
  type SparseMap,
  type SparsePart,
} from './sparse-map.ts';
import { blockBytes, typeFlagOf } from './tar-field.ts';
import { WalkRefusal } from './walk-refusal.ts';

export interface PlacedHeader {
  readonly block: Buffer;
  readonly offset: number;
  readonly pax: PaxRecords;
  /** Of what the archive says follows the header. */
  readonly sizeBytes: number;
}

export interface ReadSparse {
  /** The header's block, still valid after what was read behind it. */
  readonly header: Buffer;
  /** Undefined for a member that is not sparse. */
  readonly map: SparseMap | undefined;
  /** Of `sizeBytes`, what the map took. */
  readonly mapBytes: number;
  /** The dialect, where it is none that can be read. */
  readonly refused?: string;
}

export function* readSparse(placed: PlacedHeader): Generator<Want, ReadSparse, Buffer> {
  const { block, pax } = placed;
  if (typeFlagOf(block) === 'S') return yield* readOldSparse({ ...placed, block: Buffer.from(block) });
  const inPax = pax.size === 0 ? undefined : paxSparse(pax);
  if (inPax === undefined) return { header: block, map: undefined, mapBytes: 0 };
  if (inPax.dialect === undefined) {
    const refused = `a GNU sparse file of the unknown version ${inPax.version}`;
    return { header: block, map: undefined, mapBytes: 0, refused };
  }
  return yield* readPaxSparse({ ...placed, block: Buffer.from(block) }, inPax);
}

const gnuMagic = 'ustar  \0';
const magicOffset = 257;

function* readOldSparse(placed: PlacedHeader): Generator<Want, ReadSparse, Buffer> {
  const { block } = placed;
  if (block.toString('latin1', magicOffset, magicOffset + gnuMagic.length) !== gnuMagic) {
    throw new WalkRefusal({ what: "a sparse file of a dialect that is not GNU's", offset: placed.offset });
  }
  const parts: SparsePart[] = [];
  let layout = oldHeaderLayout;
  let next = block;
  for (;;) {
    const more = oldParts(next, layout);
    if (more === undefined || parts.length + more.length > mostSparseParts) throw noMap(placed);
    parts.push(...more);
    if (!hasMoreParts(next, layout)) break;
    layout = oldExtensionLayout;
    next = yield { bytes: blockBytes };
  }
  return { header: block, map: fitting(placed, oldFileBytes(block), parts, 0), mapBytes: 0 };
}

function* readPaxSparse(
  placed: PlacedHeader,
  { dialect, fileBytes }: PaxSparse,
): Generator<Want, ReadSparse, Buffer> {
  const { block, pax, sizeBytes } = placed;
  if (dialect === 'in-records') {
    const parts = partsInRecords(pax) ?? [];
    return { header: block, map: fitting(placed, fileBytes, parts, 0), mapBytes: 0 };
  }
  const reading = new MapInContent();
  let mapBytes = 0;
  let isWhole: boolean | undefined;
  while (isWhole === undefined) {
    if (mapBytes + blockBytes > sizeBytes) throw noMap(placed);
    isWhole = reading.take(yield { bytes: blockBytes });
    mapBytes += blockBytes;
  }
  if (!isWhole) throw noMap(placed);
  return { header: block, map: fitting(placed, fileBytes, reading.parts(), mapBytes), mapBytes };
}

/** The map, which must be of exactly what is stored. */
function fitting(
  placed: PlacedHeader,
  fileBytes: number | undefined,
  parts: readonly SparsePart[],
  mapBytes: number,
): SparseMap {
  if (fileBytes === undefined) throw noMap(placed);
  const map = { fileBytes, parts };
  if (!mapFits(map, placed.sizeBytes - mapBytes)) throw noMap(placed);
  return map;
}

function noMap({ offset }: PlacedHeader): WalkRefusal {
  return new WalkRefusal({ what: 'a sparse file whose map does not fit its content', offset });
}
