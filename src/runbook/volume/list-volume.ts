import { createListingParser } from '../../domain/listing-parser.ts';
import { mountPath } from '../../domain/restore-pod.ts';
import { type VolumeEntry, volumeListingScript } from '../../domain/volume-listing.ts';
import type { Run } from '../run.ts';
import type { RestorePod } from '../step3-create-restore-pod.ts';

/** Walks the volume, calling `onEntry` for each path; hashes files when `mode` says so. */
export async function listVolume(
  run: Run,
  pod: RestorePod,
  mode: 'hash' | 'stat',
  onEntry: (entry: VolumeEntry) => void,
): Promise<void> {
  const parser = createListingParser(onEntry);
  const command = ['sh', '-c', volumeListingScript, 'nkvm-list', mountPath, mode];
  const result = await run.cluster.exec(pod, command, {
    onStdout: (chunk) => parser.push(chunk),
    signal: run.signal,
  });
  if (result.exitCode !== 0)
    throw new Error(`listing ${mountPath} ended with ${result.exitCode}: ${result.stderr.trim()}`);
  if (result.stderr.trim() !== '') run.reporter.warn(result.stderr.trim());
  if (!parser.end().everyDirectoryRead)
    run.reporter.warn('a directory of the volume could not be read, or vanished meanwhile');
}
