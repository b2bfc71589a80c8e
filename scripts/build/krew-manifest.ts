// krew's manifest of a release, out of krew-manifest.yaml. What has no archive stays TO-BE-FILLED-IN, which krew
// refuses: no entry ever has a hash that is not its archive's.

const unfilled = 'TO-BE-FILLED-IN';

export interface Release {
  /** `0.1.0`. */
  readonly version: string;
  /** The project's page, under which its releases are; undefined where it is not known yet. */
  readonly repository: string | undefined;
  /** SHA-256 in hexadecimal digits, by the archive's name. */
  readonly archives: ReadonlyMap<string, string>;
}

/** Throws where an archive has no place in the template. */
export function fillManifest(template: string, { version, repository, archives }: Release): string {
  let manifest = template.replace(/^(#.*\n)+/, '').replace(/^( *version: )v.*$/m, `$1v${version}`);
  for (const [archive, sha256] of archives) {
    const entry = `uri: ${unfilled}/${archive}\n      sha256: ${unfilled}\n`;
    if (!manifest.includes(entry)) throw new Error(`krew-manifest.yaml has no place for ${archive}`);
    const address = repository === undefined ? unfilled : `${repository}/releases/download/v${version}`;
    manifest = manifest.replace(entry, `uri: ${address}/${archive}\n      sha256: ${sha256}\n`);
  }
  return repository === undefined
    ? manifest
    : manifest.replace(`homepage: ${unfilled}`, `homepage: ${repository}`);
}

/** Whether krew would take it. */
export function isFilled(manifest: string): boolean {
  return !manifest.includes(unfilled);
}
