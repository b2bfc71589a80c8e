/**
 * Reads what the script of volume-listing.ts prints. Guarantees that a stream that was cut is never taken for a whole one,
 * and that a stream that is no listing is refused before it can fill the memory.
 */
import { LineReader, readHashLines, type StatLine, takeStatLine } from './listing-lines.ts';
import type { MemberType } from './member.ts';
import { batchSize, type VolumeEntry } from './volume-listing.ts';

export interface ListingEnd {
  /** False when a directory could not be read, or vanished meanwhile: paths below it may be absent. */
  readonly everyDirectoryRead: boolean;
}

/**
 * Takes the script's stdout in chunks of any size; both methods throw an Error when it is not what the script prints.
 */
export interface ListingParser {
  push(chunk: Uint8Array): void;
  end(): ListingEnd;
}

/** Longer than what can be said of one batch, so that a stream that is no listing cannot fill the memory. */
const longestFrameBytes = 4 * 1024 * 1024;

/** Calls `onEntry` for each path, a folder before what is in it; what vanished while it was read is left out. */
export function createListingParser(onEntry: (entry: VolumeEntry) => void): ListingParser {
  const reader = readListing(onEntry);
  reader.next();
  let partial = '';
  let listingEnd: ListingEnd | undefined;

  return {
    push(chunk) {
      const [rest = '', ...more] = latin1(chunk).split('\0');
      partial += rest;
      for (const next of more) {
        if (listingEnd !== undefined) throw malformed('something after the last frame');
        listingEnd = reader.next(partial).value;
        partial = next;
      }
      if (partial.length > longestFrameBytes) throw malformed('a frame without an end');
    },
    end() {
      if (listingEnd === undefined || partial !== '')
        throw new Error('the listing of the volume was cut off');
      return listingEnd;
    },
  };
}

/** One batch: its names in the order of the walk, and what was read of them. */
interface Batch {
  readonly names: readonly string[];
  readonly stats: string;
  readonly targets: ReadonlyMap<string, string>;
  readonly hashes: string;
}

/** The grammar of volume-listing.ts: `yield` is the next frame. */
function* readListing(onEntry: (entry: VolumeEntry) => void): Generator<undefined, ListingEnd, string> {
  for (let name = yield; name !== 'END'; name = yield) {
    const names: string[] = [];
    for (; name !== ''; name = yield) {
      if (names.length === batchSize || !/^\.(\/|$)/.test(name)) throw malformed('a name out of place');
      names.push(name);
    }
    const stats = yield;
    const targets = new Map<string, string>();
    for (let link = yield; link !== ''; link = yield) {
      if (targets.size === names.length) throw malformed('too many symlinks');
      targets.set(link, yield);
    }
    for (const entry of entriesOf({ names, stats, targets, hashes: yield })) onEntry(entry);
  }
  const status = yield;
  // A find that met an error says 1; anything else is one that did not come to its end.
  if (status !== '0' && status !== '1')
    throw new Error(`the walk of the volume was stopped: find exited ${status}`);
  return { everyDirectoryRead: status === '0' };
}

function* entriesOf({ names, stats, targets, hashes }: Batch): Generator<VolumeEntry> {
  const statLines = new LineReader(stats);
  const sha256Of = readHashLines(hashes === '-' ? '' : hashes, names);
  if (sha256Of === undefined) throw malformed('a hash of no name');
  for (const name of names) {
    const stat = takeStatLine(statLines, name);
    if (stat === undefined) continue;
    const entry = statEntry(name, stat);
    if (entry.type === 'symlink') yield withTarget(entry, targets.get(name));
    else if (entry.type === 'file' && hashes !== '-') yield withHash(entry, sha256Of.get(name));
    else yield entry;
  }
  if (!statLines.atEnd) throw malformed('a stat line of no name');
}

const typeOfFormat: ReadonlyMap<number, MemberType> = new Map([
  [0x8000, 'file'],
  [0x4000, 'directory'],
  [0xa000, 'symlink'],
  [0x1000, 'fifo'],
  [0x2000, 'character-device'],
  [0x6000, 'block-device'],
  [0xc000, 'socket'],
]);

function statEntry(name: string, { rawMode, sizeBytes, ...stat }: StatLine): VolumeEntry {
  const type = typeOfFormat.get(rawMode & 0xf000);
  if (type === undefined) throw malformed(`an unknown kind of file (mode ${rawMode.toString(16)})`);
  const path = name === '.' ? name : name.slice('./'.length);
  return { path, type, sizeBytes: type === 'file' ? sizeBytes : 0, mode: rawMode & 0o7777, ...stat };
}

function withTarget(entry: VolumeEntry, linkTarget: string | undefined): VolumeEntry {
  return linkTarget === undefined || linkTarget === ''
    ? { ...entry, unreadable: true }
    : { ...entry, linkTarget };
}

function withHash(entry: VolumeEntry, sha256: string | undefined): VolumeEntry {
  return sha256 === undefined ? { ...entry, unreadable: true } : { ...entry, sha256 };
}

function latin1({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}

function malformed(what: string): Error {
  return new Error(`the listing of the volume is malformed: ${what}`);
}
