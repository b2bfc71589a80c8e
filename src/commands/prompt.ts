/** Questions on a terminal: asked on stderr, answered on stdin. Ctrl-C is a signal here as everywhere. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { ProcessContext } from '../context.ts';

/** The answer, trimmed and in lower case; empty when stdin has ended. Rejects with the signal's reason. */
export async function ask(host: ProcessContext, question: string): Promise<string> {
  const output = questionStream(host);
  // A terminal in raw mode would turn Ctrl-C into a key.
  const lines = createInterface({ input: host.stdin, output, terminal: false });
  try {
    const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    const answer = await Promise.race([lines.question(question, { signal: host.signal }), ended]);
    return answer.trim().toLowerCase();
  } catch (error) {
    host.signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}

/** stderr as a stream that prompts write to. */
export function questionStream({
  stderr,
}: ProcessContext): Writable & { readonly columns: number | undefined } {
  const stream = new Writable({
    decodeStrings: false,
    write: (text: string | Buffer, _encoding, done) => {
      stderr.write(text.toString());
      done();
    },
  });
  return Object.assign(stream, { columns: stderr.columns });
}
