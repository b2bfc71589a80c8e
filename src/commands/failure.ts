/** From whatever was thrown to an exit status and what the operator reads. The one place that decides it. */
import { UsageError } from 'clipanion';
import { CatalogError } from '../catalog/catalog-error.ts';
import { messageOf } from '../domain/message-of.ts';
import { shellCommand } from '../domain/shell-words.ts';
import type { FailureReport } from '../output/failure-text.ts';
import { exitCodeOf, failureMatrix, Interrupted, RunbookError } from '../runbook/failure-matrix.ts';
import { InstallError } from './completion/install-error.ts';

export interface Failure extends FailureReport {
  readonly exitCode: number;
  readonly stack?: string;
}

export interface FailedCommand {
  readonly verbose: boolean;
  /** Whose help a wrong command line points to; without it, the overview. */
  readonly command?: string;
}

export function describeFailure(error: unknown, { verbose, command }: FailedCommand): Failure {
  if (error instanceof UsageError) {
    const help = shellCommand(['kubectl', 'nkvm', ...(command === undefined ? [] : [command]), '--help']);
    return { exitCode: 2, what: '', message: `${error.message}\nSee \`${help}\`.`, next: [], causes: [] };
  }
  const stack = verbose && error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {};
  const common = { what: '', message: messageOf(error), next: [], causes: causesOf(error), ...stack };
  if (error instanceof RunbookError) {
    const { step, action } = failureMatrix[error.code];
    return { ...common, exitCode: exitCodeOf(error.code), code: error.code, step, action, next: error.next };
  }
  if (error instanceof CatalogError) {
    const { code, action, manifest } = error;
    return { ...common, exitCode: 11, code, step: 1, action, ...(manifest !== undefined && { manifest }) };
  }
  if (error instanceof Interrupted) {
    return { ...common, exitCode: error.exitCode, code: 'interrupted', next: error.next };
  }
  if (error instanceof Error && error.name === 'ConnectionError' && 'action' in error) {
    return { ...common, exitCode: 1, code: 'no-connection', action: String(error.action) };
  }
  if (error instanceof InstallError) {
    return { ...common, exitCode: 1, code: 'not-installed', action: error.action };
  }
  if (error instanceof Error && error.name === 'ApiError' && 'status' in error) {
    const code = error.status === 403 ? 'permission-missing' : 'refused';
    const action = 'Have what is named above granted or mended, and run again.';
    return { ...common, exitCode: 12, code, step: 2, action };
  }
  const bug = 'This is a bug. Run again with --verbose and report what it prints.';
  return { ...common, exitCode: 1, code: 'bug', action: bug };
}

function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  for (let at = error instanceof Error ? error.cause : undefined; at !== undefined && causes.length < 5; ) {
    causes.push(messageOf(at));
    at = at instanceof Error ? at.cause : undefined;
  }
  return causes;
}
