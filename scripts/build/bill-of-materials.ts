// What is in the program, in SPDX: each package of which the bundler took a file, with the hash that the lock file has
// of it, and Node itself. npm's own list is of what package.json asks for: it has more in it, and lacks some.

import packageJson from '../../package.json' with { type: 'json' };
import lock from '../../package-lock.json' with { type: 'json' };
import { bundledFiles } from './bundle.ts';
import { nodeVersion } from './target-node.ts';

interface Material {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** As npm writes it: `sha512-` and base64. */
  readonly integrity?: string;
}

interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
}

/** `made`: when, for the document. Throws where the bundle has a file of a package that the lock file does not know. */
export async function billOfMaterials(entry: string, made: Date): Promise<string> {
  const materials: readonly Material[] = [
    ...(await bundledPackages(entry)),
    { name: 'node', version: nodeVersion, license: 'MIT' },
  ];
  const own = { name: packageJson.name, version: packageJson.version, license: packageJson.license };
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${own.name}-${own.version}`,
    documentNamespace: `https://spdx.org/spdxdocs/${own.name}-${own.version}-${made.getTime()}`,
    creationInfo: {
      created: made.toISOString().replace(/\.\d+/, ''),
      creators: [`Tool: ${own.name}-release`],
    },
    packages: [own, ...materials].map(spdxPackage),
    relationships: [
      relationship('SPDXRef-DOCUMENT', 'DESCRIBES', idOf(own)),
      ...materials.map((material) => relationship(idOf(own), 'CONTAINS', idOf(material))),
    ],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** By the folders of the files, so that of two versions of a package each is named. */
async function bundledPackages(entry: string): Promise<readonly Material[]> {
  const files = await bundledFiles(entry);
  const folders = files.flatMap((file) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  const locked: Readonly<Record<string, Locked>> = lock.packages;
  return [...new Set(folders)].sort().map((folder) => {
    const { version, license, integrity } = locked[folder] ?? {};
    if (version === undefined) throw new Error(`package-lock.json has no ${folder}`);
    const name = folder.replace(/^.*node_modules\//, '');
    return {
      name,
      version,
      license: license ?? 'NOASSERTION',
      ...(integrity !== undefined && { integrity }),
    };
  });
}

function spdxPackage(material: Material) {
  const { name, version, license, integrity } = material;
  const locator =
    name === 'node' ? `pkg:generic/node@${version}` : `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const checksumValue = Buffer.from(integrity?.slice('sha512-'.length) ?? '', 'base64').toString('hex');
  return {
    name,
    SPDXID: idOf(material),
    versionInfo: version,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: license,
    copyrightText: 'NOASSERTION',
    externalRefs: [
      { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: locator },
    ],
    ...(integrity !== undefined && { checksums: [{ algorithm: 'SHA512', checksumValue }] }),
  };
}

function idOf({ name, version }: Material): string {
  return `SPDXRef-${`${name}-${version}`.replace(/[^A-Za-z0-9.-]/g, '-').replace(/^-/, '')}`;
}

function relationship(spdxElementId: string, relationshipType: string, relatedSpdxElement: string) {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}
