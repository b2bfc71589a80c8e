import { failureText } from '../output/failure-text.ts';
import { printJsonLines } from '../output/print.ts';
import type { Failure } from './failure.ts';
import type { Session } from './session.ts';
import { isColored } from './streams.ts';

/** On stdout the error document of `-o`, where one is wanted; on stderr what a person reads, or a JSON line. */
export function printFailure(session: Session, failure: Failure, { document }: { document: boolean }): void {
  const { code, step, message, action, next, exitCode } = failure;
  const { host, flags, startedRun } = session;
  const { stdout, stderr } = host;
  const error = {
    code,
    ...(step !== undefined && { step }),
    message,
    ...(action !== undefined && { action }),
    ...(failure.manifest !== undefined && { manifest: failure.manifest }),
  };
  const answer = { apiVersion: 'nkvm.dev/v1', kind: 'Error', error };
  const isLines = flags.output === 'jsonl' && exitCode !== 2;
  if (document && isLines) stdout.write(printJsonLines([answer]));
  else if (document && exitCode !== 2) session.printDocument(answer);
  if (isLines) {
    const time = host.clock.now().toISOString();
    stderr.write(printJsonLines([{ time, type: 'error', ...error, next }]));
    return;
  }
  const style = { color: isColored(host, flags), width: stderr.columns || 100 };
  const run = startedRun === undefined ? {} : { run: startedRun };
  stderr.write(failureText({ ...failure, ...run }, style));
  if (failure.stack !== undefined) stderr.write(`${failure.stack}\n`);
}
