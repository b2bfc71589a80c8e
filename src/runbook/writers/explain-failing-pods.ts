/** The last words of pods that are not ready, before they go: shown whole, and recorded as far as was asked for. */
import { messageOf } from '../../domain/message-of.ts';
import type { Pod } from '../../domain/pod.ts';
import type { Run } from '../run.ts';

export interface FailingPods {
  readonly pods: readonly Pod[];
  /** `--record-logs`: of each container. An application's log may hold what nobody wants in a ticket. */
  readonly recordedLogLines: number;
  readonly onDiagnostics: (lines: readonly string[]) => void;
}

const shownEvents = 5;
const shownLogLines = 20;

/** Never throws: it must not hide the failure that led here. */
export async function explainFailingPods(run: Run, { pods, ...options }: FailingPods): Promise<void> {
  try {
    for (const pod of pods.slice(0, 10)) await explainPod(run, pod, options);
  } catch (error) {
    run.reporter.warn(`the failing pods could not be explained: ${messageOf(error)}`);
  }
}

async function explainPod(
  { cluster, reporter }: Run,
  pod: Pod,
  { recordedLogLines, onDiagnostics }: Omit<FailingPods, 'pods'>,
): Promise<void> {
  const events = (await cluster.pods.events(pod)).slice(-shownEvents).map((event) => `${pod.name}: ${event}`);
  for (const line of events) reporter.info(line);
  onDiagnostics(events);
  for (const { name, ready } of pod.containers) {
    if (ready) continue;
    const log = await cluster.pods.log(pod, name, Math.max(shownLogLines, recordedLogLines));
    const lines = log.map((line) => `${pod.name} ${name}| ${line}`);
    for (const line of lines.slice(-shownLogLines)) reporter.info(line);
    onDiagnostics(lines.slice(Math.max(0, lines.length - recordedLogLines)));
  }
}
