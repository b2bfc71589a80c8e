/** What a reader of an incident record may ask for beyond the runbook's own points. */
import { mergeText } from '../domain/merge.ts';
import { counted, formatBytes } from '../domain/size.ts';
import type { RecordedSafety, RecordedTransfer, RecordedWipe } from '../record/recorded-landing.ts';
import type { RestoreRecord } from '../record/restore-record.ts';
import type { Row } from './markdown.ts';
import { lossWords } from './plan-owners.ts';

/** Name and value of each. */
export function runFacts(record: RestoreRecord): readonly Row[] {
  const { run, tool, cluster, claim, backup, archive, reason, merge, safety, wipe, transfer, retries } =
    record;
  const earlier =
    claim.sameClaim === false ? `another claim than the one backed up (${claim.backedUpUid})` : undefined;
  const facts: readonly Row[] = [
    ['Run', run],
    ['Reason', reason],
    ['Tool', `${tool.name} ${tool.version}`],
    ['Context', cluster.context],
    ['Cluster', `${cluster.name} (${cluster.server})`],
    ['Claim UID', claim.uid],
    ['Claim', earlier],
    ['Backup', backup && `${backup.id}: ${backup.namespace}/${backup.pvc} of ${backup.createdAt}`],
    ['Catalogue', backup?.catalog],
    ...ownershipFacts(record),
    ['Merge', merge && mergeText(merge)],
    ['Safety copy', safety && safetyFact(safety)],
    ['Wipe', wipe && wipeFact(wipe)],
    ['Sent', transfer && transferFact(transfer)],
    ['Lost connections', retries && `tried again ${counted(retries, 'time')}`],
    ['Archive size', archive.sizeBytes === undefined ? undefined : formatBytes(archive.sizeBytes)],
  ];
  return facts.filter(([, value]) => value !== undefined);
}

function transferFact({ wire, bytes, reconnects }: RecordedTransfer): string {
  const lost = reconnects === 0 ? '' : `; ${counted(reconnects, 'lost connection')} made again`;
  return `${formatBytes(bytes)} as ${wire === 'gzip' ? 'it is' : 'plain tar'}${lost}`;
}

function safetyFact(safety: RecordedSafety): string {
  switch (safety.kind) {
    case 'none':
      return "none: the operator's word that a snapshot or backup exists";
    case 'snapshot':
      return `VolumeSnapshot ${safety.snapshot}; a new claim of it comes with: ${safety.restoreWith}`;
    case 'archive':
      return `${safety.archive} (SHA-256 ${safety.sha256}); it comes back with: ${safety.restoreWith}`;
  }
}

function wipeFact({ approved, paths, bytes, outcome }: RecordedWipe): string {
  const what = paths === undefined ? '' : `: ${counted(paths, 'path')}, ${formatBytes(bytes ?? 0)}`;
  return `${approved} ${outcome === 'done' ? 'was emptied' : 'was being emptied'}, as approved${what}`;
}

function ownershipFacts({ ownership }: RestoreRecord): readonly Row[] {
  if (ownership === undefined) return [];
  const { owner, workloadOwner = [], mappedUsers = [], mappedGroups = [], runsAs, losses } = ownership;
  const mapped = [
    ...mappedUsers.map((pair) => `user ${pair}`),
    ...mappedGroups.map((pair) => `group ${pair}`),
  ];
  const { uid, gid, source, rootRefused } = runsAs;
  const why = rootRefused === undefined ? '' : ` of ${source}, as root was refused: ${rootRefused}`;
  return [
    ['Owners', [owner, workloadOwner, mapped].flat().join(', ')],
    ['Restore pod ran as', `${uid}:${gid}${why}`],
    ['Lost with that', losses && lossWords(losses)],
  ];
}
