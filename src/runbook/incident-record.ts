/**
 * The runbook's "Success criteria": the incident record as it grows. Created before step 2 (a run that cannot be
 * recorded does not start), rewritten after each step; a rewrite that fails never stops the run, but is said, and the
 * record is then printed whole at the end.
 */
import type { Clock } from '../context.ts';
import { messageOf } from '../domain/message-of.ts';
import type { RecordFile } from '../record/record-file.ts';
import type { RecordedCheck, RecordedStep, RestoreRecord } from '../record/restore-record.ts';
import { type FailureCode, Interrupted, RunbookError } from './failure-matrix.ts';
import type { Reporter } from './reporter.ts';

export interface IncidentRecordParts {
  readonly file: RecordFile;
  readonly clock: Clock;
  readonly reporter: Reporter;
}

export interface StepHeading {
  readonly step: string;
  /** The runbook's own words. */
  readonly heading: string;
  /** What a failure is that the step itself has no code for: a lost connection, mostly. */
  readonly otherwise: FailureCode;
}

export class IncidentRecord {
  #record: RestoreRecord;
  #failedWrite: unknown;
  readonly #parts: IncidentRecordParts;

  constructor(record: RestoreRecord, parts: IncidentRecordParts) {
    this.#record = record;
    this.#parts = parts;
  }

  get current(): RestoreRecord {
    return this.#record;
  }

  get path(): string {
    return this.#parts.file.path;
  }

  /** Whether what is on the disk is the whole truth. */
  get isOnDisk(): boolean {
    return this.#failedWrite === undefined;
  }

  async create(): Promise<void> {
    try {
      await this.#parts.file.write(this.#record);
    } catch (cause) {
      throw new RunbookError(
        'record-unwritable',
        `the incident record ${this.path} cannot be written: ${messageOf(cause)}`,
        {
          cause,
        },
      );
    }
  }

  note(change: Partial<RestoreRecord>): void {
    this.#record = { ...this.#record, ...change };
  }

  /** A note that must outlive this process: on the disk before the step goes on. */
  async keep(change: Partial<RestoreRecord>): Promise<void> {
    this.note(change);
    await this.#save();
  }

  /** Not a part of it, as it may hold what must not be in a record. Returns the file's path. */
  async keepBeside(name: string, json: object): Promise<string> {
    return this.#parts.file.writeBeside(`${name}.json`, `${JSON.stringify(json, null, 2)}\n`);
  }

  addCheck(check: RecordedCheck): void {
    const { applicationChecks: earlier } = this.#record;
    this.note({ applicationChecks: earlier === 'none' ? [check] : [...earlier, check] });
  }

  /** Runs one step under its runbook heading, with its times and its outcome written down. */
  async during<T>({ step, heading, otherwise }: StepHeading, run: () => Promise<T>): Promise<T> {
    this.#parts.reporter.heading(`Step ${step}: ${heading}`);
    const startedAt = this.#now();
    const others = this.#record.steps;
    const outcome = (value: RecordedStep['outcome'], finishedAt?: string): void =>
      this.note({
        steps: [...others, { step, startedAt, ...(finishedAt && { finishedAt }), outcome: value }],
      });
    outcome('running');
    try {
      const result = await run();
      outcome('done', this.#now());
      return result;
    } catch (error) {
      outcome(error instanceof Interrupted ? 'interrupted' : 'failed', this.#now());
      if (error instanceof Interrupted || error instanceof RunbookError) throw error;
      throw new RunbookError(otherwise, messageOf(error), { cause: error });
    } finally {
      await this.#save();
    }
  }

  async finish(change: Partial<RestoreRecord>): Promise<RestoreRecord> {
    this.note({ ...change, finishedAt: this.#now() });
    await this.#save();
    return this.#record;
  }

  async #save(): Promise<void> {
    try {
      await this.#parts.file.write(this.#record);
      this.#failedWrite = undefined;
    } catch (error) {
      this.#failedWrite = error;
      this.#parts.reporter.warn(
        `the incident record ${this.path} could not be rewritten: ${messageOf(error)}`,
      );
    }
  }

  #now(): string {
    return this.#parts.clock.now().toISOString();
  }
}
