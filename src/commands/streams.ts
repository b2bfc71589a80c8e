import type { OutputStream, ProcessContext } from '../context.ts';
import type { GlobalFlags } from './global-flags.ts';

/** What is written to stderr is coloured on a terminal only, unless `--color` says otherwise. */
export function isColored({ stderr, env }: ProcessContext, { color }: GlobalFlags): boolean {
  if (color !== 'auto') return color === 'always';
  return stderr.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

/** The same process with other streams. Not a copy: what the process hands over is partly made when it is first asked for. */
export function withStreams(
  host: ProcessContext,
  streams: Pick<ProcessContext, 'stdout' | 'stderr'>,
): ProcessContext {
  return Object.assign(Object.create(host) as ProcessContext, streams);
}

/** A stream whose text never shares a line with the progress bar. */
export function below(stream: OutputStream, eraseBar: () => void): OutputStream {
  return {
    write: (text) => {
      eraseBar();
      stream.write(text);
    },
    isTTY: stream.isTTY,
    get columns() {
      return stream.columns;
    },
  } as OutputStream;
}

/** A dumb terminal can show lines and ask, but not redraw. */
export function redrawable({ stderr, env }: ProcessContext): OutputStream {
  return {
    write: (text) => stderr.write(text),
    isTTY: stderr.isTTY && env['TERM'] !== 'dumb',
    get columns() {
      return stderr.columns;
    },
  } as OutputStream;
}
