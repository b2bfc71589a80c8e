/** What somebody has deleted since this run stopped it: there is nothing to give back, and the others go on. */
import { goneWords } from '../../domain/stop-words.ts';
import type { IncidentRecord } from '../incident-record.ts';
import type { Run } from '../run.ts';
import { keyOf, type RunState } from '../run-state.ts';
import { withGone } from './recorded-stops.ts';
import type { Stop } from './stop-objects.ts';

/** Says it, writes it down, and no longer counts it among what the run has stopped. */
export function noteGone(
  { reporter }: Run,
  { record, state }: { readonly record: IncidentRecord; readonly state: RunState },
  one: Stop,
): void {
  reporter.warn(goneWords(one));
  state.stopped = state.stopped.filter((other) => keyOf(other) !== keyOf(one));
  record.note(withGone(record.current, one));
}
