/** An archive as step 1 leaves it for step 4: read once, its manifest of what lands, and the tar that is made of that. */
import type { TestContext } from 'node:test';
import type { ArchiveSource } from '../../src/archive/archive-source.ts';
import { type ArchiveInspection, inspectArchive } from '../../src/archive/inspect-archive.ts';
import type { Manifest } from '../../src/archive/manifest.ts';
import { ManifestWriter } from '../../src/archive/manifest-writer.ts';
import { rewrittenWire } from '../../src/archive/rewrite-archive.ts';
import type { Wire } from '../../src/archive/wire.ts';
import { parseGlob } from '../../src/domain/glob.ts';
import { Landing } from '../../src/domain/landing.ts';
import type { Member } from '../../src/domain/member.ts';
import type { Ownership } from '../../src/domain/ownership.ts';
import { Selection } from '../../src/domain/selection.ts';

export interface LandedArchive {
  readonly inspection: ArchiveInspection;
  readonly manifest: Manifest;
  readonly wire: Wire;
}

export interface Landed {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly owners?: Ownership;
}

export async function landedArchive(
  t: TestContext,
  source: ArchiveSource,
  { include = [], exclude = [], owners }: Landed = {},
): Promise<LandedArchive> {
  const writer = new ManifestWriter();
  const selection = new Selection({ include: include.map(parseGlob), exclude: exclude.map(parseGlob) });
  const inspection = await inspectArchive(source, {
    manifest: writer,
    landing: new Landing(selection, owners),
  });
  const manifest = writer.finish();
  t.after(() => manifest.close());
  const { sha256 = '' } = inspection;
  return { inspection, manifest, wire: rewrittenWire({ source, sha256, manifest, careful: false }) };
}

export async function bytesOf(wire: Wire): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of wire.read({ signal: new AbortController().signal })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A line for each member: path, type, size, and what a link points to. */
export function membersIn(manifest: Manifest): readonly string[] {
  return [...manifest.members()].map(memberLine);
}

function memberLine({ path, type, sizeBytes, linkTarget }: Member): string {
  return [path, type, sizeBytes, ...(linkTarget === undefined ? [] : ['->', linkTarget])].join(' ');
}
