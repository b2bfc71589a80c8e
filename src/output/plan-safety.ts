/** The plan's lines about the volume as it was: what is kept of it, and what is removed. */
import type { PlannedSafety } from '../domain/safety.ts';

/** `undefined`: nothing was asked for. */
export function safetyText(safety: PlannedSafety | undefined): string {
  switch (safety?.kind) {
    case undefined:
      return 'none';
    case 'none':
      return 'none (your word that a snapshot or backup exists)';
    case 'snapshot':
      return `snapshot: volumesnapshot/${safety.name} of class ${safety.className ?? 'default'}; it stays`;
    case 'archive':
      return `archive to ${safety.folder}`;
  }
}

export interface PlannedLanding {
  readonly safety?: PlannedSafety | undefined;
  readonly wipe: boolean;
}

/** What step 4 does, in its order. */
export function landingLines({ safety, wipe }: PlannedLanding): string[] {
  const isMade = safety !== undefined && safety.kind !== 'none';
  const copy = isMade ? [`  4  safety: ${safetyText(safety)}`] : [];
  if (!wipe) return [...copy, '  4  extract the archive: its members overwrite, other files stay'];
  return [
    ...copy,
    '  4  WIPE: everything on the volume is removed, all but lost+found; it is counted before the first removal',
    '  4  extract the archive',
  ];
}
