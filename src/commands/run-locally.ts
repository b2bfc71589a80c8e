import { spawn } from 'node:child_process';
import type { ProcessContext } from '../context.ts';
import type { RunLocally } from '../runbook/resume-and-check.ts';

const keptOutput = 8192;

/** `--check-app`: the operator's own command, passed whole to the shell, with the run's variables beside ours. */
export function localRunner(host: ProcessContext): RunLocally {
  return (command, variables) =>
    new Promise((resolve, reject) => {
      const child = spawn(command, {
        shell: true,
        cwd: host.cwd,
        env: { ...host.env, ...variables },
        stdio: ['ignore', 'pipe', 'pipe'],
        signal: host.signal,
      });
      let output = '';
      const keep = (chunk: Buffer): void => {
        output = (output + chunk).slice(-keptOutput);
      };
      child.stdout.on('data', keep);
      child.stderr.on('data', keep);
      child.on('error', (error) => {
        // What the shell started may outlive it and keep the pipes open: we would wait for it.
        child.stdout.destroy();
        child.stderr.destroy();
        reject(error);
      });
      child.on('close', (code) => resolve({ exitCode: code ?? -1, output }));
    });
}
