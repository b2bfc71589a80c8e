/**
 * What a run says on stderr while it goes on: on a terminal lines and a bar that is redrawn below them, elsewhere lines
 * with progress now and then, for scripts JSON lines. Nothing that is said can drive the terminal, and a bar never
 * shares a line with anything else.
 */
import type { OutputStream } from '../context.ts';
import type { Progress, Reporter } from '../runbook/reporter.ts';
import { createPace } from './pace.ts';
import { paint } from './paint.ts';
import { printJsonLines } from './print.ts';
import { printableLines } from './printable.ts';
import { progressBar, progressText } from './progress-line.ts';
import { createProgressLog } from './progress-log.ts';

export interface ReporterOptions {
  readonly stream: OutputStream;
  /** Quiet leaves warnings, verbose adds details. */
  readonly mode: 'quiet' | 'normal' | 'verbose';
  readonly format: 'text' | 'jsonl';
  readonly color: boolean;
  readonly now: () => Date;
}

type Message = 'heading' | 'info' | 'warn' | 'detail';

/** Where messages and progress end up, once it is clear which are wanted. */
interface Sink {
  message(type: Message, text: string): void;
  progress(progress: Progress): void;
  /** Nothing more comes: a bar on the screen goes. */
  done(): void;
}

const shown: Readonly<Record<ReporterOptions['mode'], readonly (Message | 'progress')[]>> = {
  quiet: ['warn'],
  normal: ['heading', 'info', 'warn', 'progress'],
  verbose: ['heading', 'info', 'warn', 'progress', 'detail'],
};

export function createReporter(options: ReporterOptions): Reporter & { done(): void } {
  const sink = createSink(options);
  const wanted = shown[options.mode];
  const say = (type: Message) => (text: string) => {
    if (wanted.includes(type)) sink.message(type, text);
  };
  return {
    heading: say('heading'),
    info: say('info'),
    warn: say('warn'),
    detail: say('detail'),
    progress: (progress) => {
      if (wanted.includes('progress')) sink.progress(progress);
    },
    done: () => sink.done(),
  };
}

function createSink(options: ReporterOptions): Sink {
  if (options.format === 'jsonl') return jsonSink(options);
  return options.stream.isTTY ? terminalSink(options) : lineSink(options);
}

function jsonSink({ stream, now }: ReporterOptions): Sink {
  const isDue = createProgressLog();
  const event = (fields: object) => stream.write(printJsonLines([{ time: now().toISOString(), ...fields }]));
  return {
    message: (type, text) => event({ type, text }),
    progress: (progress) => {
      if (isDue(progress, now())) event({ type: 'progress', ...progress });
    },
    done: () => {},
  };
}

function lineSink({ stream, color, now }: ReporterOptions): Sink {
  const isDue = createProgressLog();
  const pace = createPace();
  const formatted = createLines(color);
  return {
    message: (type, text) => stream.write(formatted(type, text)),
    progress: (progress) => {
      const time = now();
      const rate = pace.measure(progress, time);
      if (isDue(progress, time)) stream.write(formatted('info', progressText(progress, rate)));
    },
    done: () => {},
  };
}

const redrawMs = 100;
const eraseLine = '\r\x1b[K';
const usualColumns = 80;

function terminalSink({ stream, color, now }: ReporterOptions): Sink {
  const pace = createPace();
  const formatted = createLines(color);
  let drawn: { readonly timeMs: number; readonly label: string } | undefined;
  const erase = () => {
    if (drawn !== undefined) stream.write(eraseLine);
    drawn = undefined;
  };
  return {
    message: (type, text) => {
      erase();
      stream.write(formatted(type, text));
    },
    progress: (progress) => {
      const time = now();
      const isSame = drawn?.label === progress.label && progress.done !== progress.total;
      if (isSame && time.getTime() - (drawn?.timeMs ?? 0) < redrawMs) return;
      const rate = pace.measure(progress, time);
      drawn = { timeMs: time.getTime(), label: progress.label };
      // The last column stays free: many terminals begin a new line when it is written.
      stream.write(`${eraseLine}${progressBar(progress, rate, (stream.columns || usualColumns) - 1)}`);
    },
    done: erase,
  };
}

/** Lines below a heading are indented, and so are the further lines of one message. */
function createLines(color: boolean): (type: Message, text: string) => string {
  let indent = '';
  return (type, text) => {
    const lines = printableLines(text.trimEnd());
    if (type === 'heading') {
      indent = '  ';
      return `${paint('bold', lines, color)}\n`;
    }
    const label = type === 'warn' ? `${paint('yellow', 'warning:', color)} ` : '';
    const further = type === 'warn' ? `${indent}  ` : indent;
    return `${indent}${label}${lines.replaceAll('\n', `\n${further}`)}\n`;
  };
}
