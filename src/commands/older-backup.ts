/** Older backups of the claim, for when one is not complete: read one after the other, never restored by themselves. */
import type { Backup } from '../domain/backup.ts';
import { judgeBackup } from '../runbook/judge-backup.ts';
import type { NamedBackup } from './archive-command.ts';
import type { Session } from './session.ts';

/** The newest of the older ones that is complete, and what the newer ones are; undefined without one. */
export async function olderComplete(
  session: Session,
  { backup: { id }, older }: NamedBackup,
  archiveDir: string | undefined,
): Promise<Backup | undefined> {
  const { reporter, host } = session;
  for (const candidate of older) {
    const archives = await session.archives(candidate, archiveDir);
    const { verdict } = await judgeBackup({ reporter, signal: host.signal, archives }, candidate, 0);
    reporter.info(
      `backup/${candidate.id} of ${candidate.createdAt}, older than backup/${id}: ${verdict.result}`,
    );
    if (verdict.result === 'complete') return candidate;
  }
  if (older.length > 0) reporter.warn(`none of the ${older.length} older backups looked at is complete`);
  return undefined;
}
