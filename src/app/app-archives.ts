/** The archives behind the app, as its pod sees them. */
import { type ArchivePlaces, type LookedAt, locatedAmong, pathsToLookAt } from '../catalog/locate-archive.ts';
import type { Run } from '../runbook/run.ts';
import type { RetryLimits } from '../runbook/transfer/patience.ts';
import type { Archives } from '../sources/archives.ts';
import type { AppFiles } from './app.ts';
import { openAppArchive } from './open-app-archive.ts';

export interface AppArchivesParts {
  readonly files: AppFiles;
  /** Where to look, once the pod has said it. */
  readonly places: () => Promise<ArchivePlaces>;
  /** All that is asked for in one exec, in that order. */
  readonly look: (paths: readonly string[]) => Promise<readonly LookedAt[]>;
  readonly retry: RetryLimits;
  readonly spoolFolder: string;
}

export function appArchives(
  run: Run,
  { files, places, look, retry, spoolFolder }: AppArchivesParts,
): Archives {
  const nameOf = (path: string): string => `${files.app.catalog}:${path}`;
  return {
    locate: async (paths) => {
      const where = await places();
      const candidates = paths.map((path) => pathsToLookAt(path, where));
      const looked = await look([...new Set(candidates.flat())]);
      const byPath = new Map(looked.map((one) => [one.path, one]));
      return paths.map((path, index) =>
        locatedAmong(
          path,
          (candidates[index] ?? []).map((candidate) => byPath.get(candidate) ?? { path: candidate }),
        ),
      );
    },
    nameOf,
    open: (path) => openAppArchive(run, { files, path, name: nameOf(path), retry, spoolFolder }),
  };
}
