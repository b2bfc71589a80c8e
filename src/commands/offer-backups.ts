/**
 * `restore` with no backup named, on a terminal: the newest ones to choose from, with the arrow keys, or by number where
 * the terminal cannot redraw. Whoever leaves has changed nothing.
 */
import type { Separator } from '@inquirer/select';
import { CatalogError, nameAnother } from '../catalog/catalog-error.ts';
import type { Backup } from '../domain/backup.ts';
import { choiceTable } from '../output/backups.ts';
import { paint } from '../output/paint.ts';
import { Interrupted } from '../runbook/failure-matrix.ts';
import { withLocatedArchives } from '../sources/archives.ts';
import { ask, questionStream } from './prompt.ts';
import type { Session } from './session.ts';
import { isColored, redrawable } from './streams.ts';

const offered = 20;
const question = 'Which backup is to be restored?';

/** Of the namespace of `-n`; without it of the active one, or of all where that has none. */
export async function offerBackups(
  session: Session,
  { catalog: flag, archiveDir }: { catalog: string | undefined; archiveDir: string | undefined },
): Promise<Backup> {
  const backups = await newestBackups(session, flag);
  const archives = await session.archives({ catalog: backups[0]?.catalog ?? '' }, archiveDir);
  const located = await withLocatedArchives(backups, archives);
  const [head = '', ...lines] = choiceTable(located, session.host.clock.now()).trimEnd().split('\n');
  session.reporter.done();
  const choose = redrawable(session.host).isTTY ? chooseByArrows : chooseByNumber;
  const index = await choose(session, head, lines);
  const chosen = index === undefined ? undefined : backups[index];
  if (chosen === undefined) throw new Interrupted('cancelled, nothing was changed', 130);
  session.reporter.info(`chosen: backup/${chosen.id} of ${chosen.namespace}/${chosen.pvc}`);
  return chosen;
}

async function newestBackups(session: Session, flag: string | undefined): Promise<readonly Backup[]> {
  const catalog = await session.openCatalog(flag);
  try {
    const filter = { status: 'success', limit: offered } as const;
    const namespace = await session.namespace();
    const own = await catalog.list({ ...filter, namespace });
    const found = own.length > 0 || session.flags.namespace !== undefined ? own : await catalog.list(filter);
    if (found.length > 0) return found;
    const where = session.flags.namespace === undefined ? '' : ` of namespace ${namespace}`;
    const action = where === '' ? nameAnother : 'List them all with `kubectl nkvm list -A --limit 0`.';
    throw new CatalogError('backup-not-found', `${catalog.path} has no successful backup${where}`, {
      action,
    });
  } finally {
    catalog.close();
  }
}

/** Undefined where none is chosen. Rejects with the signal's reason. */
async function chooseByArrows(
  { host, flags }: Session,
  head: string,
  lines: readonly string[],
): Promise<number | undefined> {
  const { default: select, Separator: Heading } = await import('@inquirer/select');
  const choices: readonly (Separator | { value: number; name: string })[] = [
    new Heading(` ${head}`),
    ...lines.map((name, value) => ({ value, name })),
  ];
  const bold = (text: string): string => paint('bold', text, isColored(host, flags));
  const theme = {
    prefix: { idle: '?', done: '?' },
    icon: { cursor: '>' },
    style: {
      message: bold,
      highlight: bold,
      answer: bold,
      keysHelpTip: () => 'Arrow keys and Enter choose, Ctrl-C leaves.',
    },
  };
  // The library would wait for ever for an input that has ended.
  const ended = new AbortController();
  host.stdin.once('pause', () => setImmediate(() => ended.abort()));
  const signal = AbortSignal.any([host.signal, ended.signal]);
  const context = { input: host.stdin, output: questionStream(host), signal, clearPromptOnDone: true };
  try {
    return await select<number>({ message: question, choices, pageSize: 12, loop: false, theme }, context);
  } catch (error) {
    host.signal.throwIfAborted();
    if (ended.signal.aborted) return undefined;
    if (error instanceof Error && error.name === 'ExitPromptError')
      throw new Interrupted('interrupted by SIGINT', 130);
    throw error;
  }
}

async function chooseByNumber(
  { host }: Session,
  head: string,
  lines: readonly string[],
): Promise<number | undefined> {
  const numbered = lines.map((line, index) => `${String(index + 1).padStart(3)}  ${line}\n`);
  host.stderr.write(`${question}\n     ${head}\n${numbered.join('')}`);
  for (;;) {
    const answer = await ask(host, `[1-${lines.length}, Enter leaves] `);
    if (answer === '') return undefined;
    const index = /^\d+$/.test(answer) ? Number(answer) - 1 : -1;
    if (index in lines) return index;
    host.stderr.write(`There is no ${answer}.\n`);
  }
}
