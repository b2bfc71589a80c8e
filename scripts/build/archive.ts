// The two kinds of archives that krew unpacks. The same files always become the same bytes: no times, owners or names
// of this machine are in them.
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { contentBytes, encodeHeader, endMarkerBytes, paddingBytes } from '../../src/archive/tar-writer.ts';

export interface ArchivedFile {
  readonly name: string;
  readonly content: Buffer;
  readonly isProgram: boolean;
}

export function tarGz(files: readonly ArchivedFile[], level: number): Buffer {
  const members = files.flatMap(({ name, content, isProgram }) => {
    const member = {
      path: name,
      type: 'file',
      sizeBytes: content.length,
      mode: isProgram ? 0o755 : 0o644,
      uid: 0,
      gid: 0,
      mtimeSeconds: 0,
    } as const;
    return [encodeHeader(member), content, Buffer.alloc(paddingBytes(contentBytes(member)))];
  });
  return gzipSync(Buffer.concat([...members, Buffer.alloc(endMarkerBytes)]), { level });
}

/** 1 January 1980, the first day that a zip can name. */
const zipDate = 0x0021;
const deflated = 8;
/** Version 2.0 of the format; on Unix, so that the modes count. */
const madeByUnix = Buffer.of(20, 3);

export function zip(files: readonly ArchivedFile[], level: number): Buffer {
  const entries: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, isProgram } of files) {
    const packed = deflateRawSync(content, { level });
    const facts = zipFacts(name, content, packed);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts, Buffer.from(name)]);
    const rest = Buffer.alloc(14);
    rest.writeUInt16LE(isProgram ? 0o100755 : 0o100644, 8);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02', 'latin1'), madeByUnix, facts, rest, Buffer.from(name));
    entries.push(local, packed);
    offset += local.length + packed.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...entries, listed, end]);
}

/** What an entry and the directory say alike: from the version that is needed to the lengths of name and extra field. */
function zipFacts(name: string, content: Buffer, packed: Buffer): Buffer {
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(20, 0);
  facts.writeUInt16LE(deflated, 4);
  facts.writeUInt16LE(zipDate, 8);
  facts.writeUInt32LE(crc32(content), 10);
  facts.writeUInt32LE(packed.length, 14);
  facts.writeUInt32LE(content.length, 18);
  facts.writeUInt16LE(Buffer.byteLength(name), 22);
  return facts;
}
