// Takes out of a Linux executable what only debuggers read, as `strip` does, but for any processor and on any system:
// the name of every function, and what is known of its source.
//
// Guarantees that no byte that is loaded changes or moves: in Node's executables what goes stands behind all of them.
// The table of sections stays, without what is gone: the injection that follows wants it.

const magic = Buffer.from('\x7fELF\x02\x01', 'latin1');
/** Offsets and sizes in the ELF header, and in a header of a section, of 64-bit files. */
const header = { tableOffset: 40, entryBytes: 58, count: 60, namesIndex: 62 } as const;
const section = { flags: 8, offset: 24, sizeBytes: 32, type: 4 } as const;
const loadedFlag = 2n;
const takesNoRoom = 8;

/** The executable without symbols. Throws where the file is not laid out as this needs it. */
export function stripElf(executable: Buffer): Buffer {
  if (!executable.subarray(0, magic.length).equals(magic)) {
    throw new Error('not a little-endian ELF file of 64 bits');
  }
  const entryBytes = executable.readUInt16LE(header.entryBytes);
  const sections = readSections(executable, entryBytes);
  const names = sections[executable.readUInt16LE(header.namesIndex)];
  const firstGone = sections.findIndex((entry, index) => index > 0 && !isLoaded(entry));
  if (names === undefined || sections.slice(firstGone).some(isLoaded)) {
    throw new Error('a section that is loaded stands behind one that is not');
  }
  const kept = sections.slice(0, firstGone);
  const loaded = executable.subarray(0, Math.max(...kept.map(endOf)));
  const nameBytes = executable.subarray(offsetOf(names), endOf(names));
  const movedNames = Buffer.from(names);
  movedNames.writeBigUInt64LE(BigInt(loaded.length), section.offset);
  const padding = Buffer.alloc(-(loaded.length + nameBytes.length) & 7);
  const stripped = Buffer.concat([loaded, nameBytes, padding, ...kept, movedNames]);
  stripped.writeBigUInt64LE(BigInt(loaded.length + nameBytes.length + padding.length), header.tableOffset);
  stripped.writeUInt16LE(kept.length + 1, header.count);
  stripped.writeUInt16LE(kept.length, header.namesIndex);
  return stripped;
}

function readSections(executable: Buffer, entryBytes: number): readonly Buffer[] {
  const tableOffset = Number(executable.readBigUInt64LE(header.tableOffset));
  return Array.from({ length: executable.readUInt16LE(header.count) }, (_, index) =>
    executable.subarray(tableOffset + index * entryBytes, tableOffset + (index + 1) * entryBytes),
  );
}

function isLoaded(entry: Buffer): boolean {
  return (entry.readBigUInt64LE(section.flags) & loadedFlag) !== 0n;
}

function offsetOf(entry: Buffer): number {
  return Number(entry.readBigUInt64LE(section.offset));
}

function endOf(entry: Buffer): number {
  const isEmpty = entry.readUInt32LE(section.type) === takesNoRoom;
  return offsetOf(entry) + (isEmpty ? 0 : Number(entry.readBigUInt64LE(section.sizeBytes)));
}
