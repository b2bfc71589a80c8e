/**
 * Names inside and of archives. Names inside are bytes: each character of a path is one byte (latin1), so that
 * names that are not UTF-8 survive every comparison; only `displayPath` turns them into text.
 */

/** Linux refuses longer paths, so no volume has one; it also bounds what one member can make a reader keep. */
const longestPathBytes = 4096;
const longestNameBytes = 255;

/** `./a//b/` -> `a/b`; the root itself is `.`. A leading `/` is dropped: ask `unsafePathReason` first. */
export function normalisePath(path: string): string {
  // Most names in an archive: there may be a million of them.
  if (path.startsWith('./') && !/\/\.?(\/|$)/.test(path.slice(1))) return path.slice(2);
  const components = path.split('/').filter((component) => component !== '' && component !== '.');
  return components.length === 0 ? '.' : components.join('/');
}

/** Why a name as stored in an archive must not be extracted, or undefined. A phrase without subject. */
export function unsafePathReason(path: string): string | undefined {
  if (path === '') return 'an empty name';
  if (path.includes('\0')) return 'a name with a NUL byte';
  if (path.startsWith('/')) return 'an absolute name';
  if (path.length > longestPathBytes) return `a name longer than ${longestPathBytes} bytes`;
  if (path.length > longestNameBytes && path.split('/').some((name) => name.length > longestNameBytes))
    return `a name with a part longer than ${longestNameBytes} bytes`;
  if (/(^|\/)\.\.(\/|$)/.test(path)) return "a name with '..' in it";
  return undefined;
}

/** The directories above a normalised path, outermost first, without the root: `a/b/c` -> `a`, `a/b`. */
export function parentPaths(path: string): string[] {
  const parents: string[] = [];
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    parents.push(path.slice(0, slash));
  }
  return parents;
}

/** Whether a symlink at the normalised `path` leads out of the volume: absolute, or more `..` than parents. */
export function linkPointsOutside(path: string, target: string): boolean {
  if (target.startsWith('/')) return true;
  let depth = parentPaths(path).length;
  for (const component of target.split('/')) {
    if (component === '..') depth -= 1;
    else if (component !== '' && component !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

const plainText = /^[\x20-\x5b\x5d-\x7e]*$/;
/** What could drive a terminal or reorder a line: control characters, line separators, bidirectional marks. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const shortEscapes = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\\', '\\\\'],
]);

/**
 * A path's bytes as one line of text: valid UTF-8 as it is; `\n`, `\r`, `\t`, `\\`; every other control or
 * invalid byte as `\xNN`. Two different paths never look the same.
 */
export function displayPath(path: string): string {
  if (plainText.test(path)) return path;
  let text = '';
  for (const { bytes, character } of charactersOf(path)) {
    if (character === undefined || (unprintable.test(character) && !shortEscapes.has(character))) {
      for (const byte of bytes) text += `\\x${byte.toString(16).padStart(2, '0')}`;
    } else {
      text += shortEscapes.get(character) ?? character;
    }
  }
  return text;
}

/**
 * A path's bytes as characters, for patterns that are text: valid UTF-8 decoded, every other byte as U+DC00 + the byte,
 * which no text has. Two different paths never become the same text.
 */
export function pathText(path: string): string {
  if (plainText.test(path)) return path;
  let text = '';
  for (const { bytes, character } of charactersOf(path)) {
    text += character ?? String.fromCharCode(0xdc00 + (bytes[0] ?? 0));
  }
  return text;
}

/** A path cut into characters, each with its bytes; a byte that is not of valid UTF-8 is one without a character. */
function* charactersOf(path: string): Generator<{ readonly bytes: Buffer; readonly character?: string }> {
  const all = Buffer.from(path, 'latin1');
  for (let offset = 0; offset < all.length; ) {
    const sequence = all.subarray(offset, offset + utf8Length(all[offset] ?? 0));
    const character = decodeUtf8(sequence);
    const bytes = character === undefined ? sequence.subarray(0, 1) : sequence;
    yield { bytes, ...(character !== undefined && { character }) };
    offset += bytes.length;
  }
}

function utf8Length(leadByte: number): number {
  if (leadByte < 0xc0) return 1;
  if (leadByte < 0xe0) return 2;
  return leadByte < 0xf0 ? 3 : 4;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(sequence: Buffer): string | undefined {
  try {
    return utf8.decode(sequence);
  } catch {
    return undefined;
  }
}

/** What the name of one of NKVM's archives says. */
export interface ArchiveName {
  /** RFC 3339, UTC, seconds: when the backup was begun. */
  readonly createdAt: string;
  readonly namespace: string;
  readonly pvc: string;
}

const archiveName = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z__([a-zA-Z0-9.-]+)__([a-zA-Z0-9._-]+)\.tar\.gz$/;

/** `YYYYMMDDTHHMMSSZ__NAMESPACE__PVC.tar.gz`, or undefined for any other file name (without folder). */
export function parseArchiveName(fileName: string): ArchiveName | undefined {
  const [, year, month, day, hour, minute, second, namespace, pvc] = archiveName.exec(fileName) ?? [];
  if (namespace === undefined || pvc === undefined) return undefined;
  const createdAt = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  const time = new Date(createdAt);
  if (Number.isNaN(time.getTime()) || !time.toISOString().startsWith(createdAt.slice(0, -1)))
    return undefined;
  return { createdAt, namespace, pvc };
}

/** The file name NKVM gives an archive; what is not fit for a file name becomes `_`. */
export function formatArchiveName({ createdAt, namespace, pvc }: ArchiveName): string {
  const stamp = new Date(createdAt).toISOString().replace(/[-:]|\.\d+/g, '');
  const [safeNamespace, safePvc] = [namespace, pvc].map((name) => name.replace(/[^a-zA-Z0-9._-]/g, '_'));
  return `${stamp}__${safeNamespace}__${safePvc}.tar.gz`;
}
