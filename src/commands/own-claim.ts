/** `restore` out of the NKVM app into the claim that the app itself has its history or archives on. */
import { keepCopies, keptFolder } from '../app/keep-copies.ts';
import type { OpenedApp } from '../app/opened-app.ts';
import type { Backup } from '../domain/backup.ts';
import type { ClaimRef } from '../domain/claim.ts';
import type { PreparedRestore } from '../runbook/restore-request.ts';
import type { Run } from '../runbook/run.ts';
import type { TypedRestore } from './restore-again.ts';
import type { Session } from './session.ts';
import { ownStateFolder } from './state-folder.ts';

/** The app, where the target is its own; undefined elsewhere. */
export async function ownerOf(
  session: Session,
  { catalog }: Backup,
  target: ClaimRef,
): Promise<OpenedApp | undefined> {
  const app = await session.apps.named(catalog);
  return app?.owns(target) ? app : undefined;
}

/** The plan and the record say what is done about it. */
export function withCopiesNoted(
  session: Session,
  run: Run,
  { app, prepared }: { readonly app: OpenedApp; readonly prepared: PreparedRestore },
): PreparedRestore {
  const { target } = prepared;
  const note = `the claim holds what ${app.name} itself works with: before step 2 its history and this archive are copied to ${folderOf(session, run)}, where they stay`;
  return { ...prepared, target: { ...target, notes: [...target.notes, note] } };
}

/** Makes the copies, while the app still runs; returns the restore as it can be typed again afterwards. */
export async function keepOwn(
  session: Session,
  run: Run,
  {
    app,
    prepared,
    typed,
  }: { readonly app: OpenedApp; readonly prepared: PreparedRestore; readonly typed: TypedRestore },
): Promise<TypedRestore> {
  const { source, inspection } = prepared.archive;
  const history = await app.readHistory();
  const folder = folderOf(session, run);
  const kept = await keepCopies(run, { folder, history, source, sha256: inspection.sha256 });
  const others = typed.typed.filter((word) => !/^--archive-dir(=|$)/.test(word));
  return {
    typed: [`--archive-dir=${kept.folder}`, ...others],
    archiveDir: kept.folder,
    backup: { ...typed.backup, catalog: kept.history },
    // Their archives are not in the copies, and gone with what the app has.
    older: [],
  };
}

function folderOf({ host }: Session, run: Run): string {
  return keptFolder(ownStateFolder(host), run);
}
