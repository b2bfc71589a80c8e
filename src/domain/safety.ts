/** `--safety`: the copy of the volume as it was, made before the first change; and which snapshot class makes it. */

/** What the operator asked for. `none` is their word that a snapshot or backup exists. */
export type Safety =
  | { readonly kind: 'none' }
  /** `timeoutSeconds`: for the snapshot to be ready to use. */
  | { readonly kind: 'snapshot'; readonly timeoutSeconds: number }
  /** `folder`: absolute, on this machine. */
  | { readonly kind: 'archive'; readonly folder: string };

export type PlannedSafety = Exclude<Safety, { readonly kind: 'snapshot' }> | PlannedSnapshot;

export interface PlannedSnapshot {
  readonly kind: 'snapshot';
  readonly name: string;
  readonly timeoutSeconds: number;
  /** Absent where classes may not be listed: the cluster's default is taken. */
  readonly className?: string;
}

export interface SnapshotClass {
  readonly name: string;
  /** The CSI driver whose volumes it is for. */
  readonly driver: string;
  readonly isDefault: boolean;
}

/** The driver's default class, else its only one. Throws an Error that names what is there instead. */
export function chooseSnapshotClass(driver: string, classes: readonly SnapshotClass[]): SnapshotClass {
  const own = classes.filter((one) => one.driver === driver);
  const defaults = own.filter(({ isDefault }) => isDefault);
  const [chosen, ...others] = defaults.length > 0 ? defaults : own;
  if (chosen !== undefined && others.length === 0) return chosen;
  if (chosen === undefined) {
    const there = classes.map(({ name, driver: of }) => `${name} (of ${of})`).join(', ') || 'none';
    throw new Error(`no VolumeSnapshotClass is of the driver ${driver}; there are: ${there}`);
  }
  const names = [chosen, ...others].map(({ name }) => name).join(', ');
  const which = defaults.length > 0 ? 'are all the default' : 'fit, and none is the default';
  throw new Error(`several VolumeSnapshotClasses of the driver ${driver} ${which}: ${names}`);
}
