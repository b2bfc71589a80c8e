/** How fast the program starts, against Node and kubectl themselves, and how large it is. */
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { hostTarget } from '../build/targets.ts';
import { someAuthority, writeKubeconfig } from '../kubeconfig.ts';
import { archiveOf } from '../release.ts';
import { type Command, interleaved, type Sample, timed } from './measure.ts';
import { type Bar, met, printComparison } from './report.ts';

export interface StartupRequest {
  readonly rounds: number;
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  readonly namespace: string;
  /** Of 10,000 backups. */
  readonly history: string;
  /** Where the kubeconfig of a server that nobody is goes. */
  readonly kubeconfig: string;
  readonly memoryBar: Bar;
}

const most = { programMegabytes: 120, archiveMegabytes: 45 } as const;

/** All five take turns; says whether all bars are met. */
export async function compareStartup(request: StartupRequest): Promise<boolean> {
  const { rounds, program, env, namespace, history, memoryBar } = request;
  const list = [program, 'list', '-n', namespace, '--catalog', history];
  const server = await listen(request.kubeconfig);
  const calling = {
    argv: [program, 'cleanup', '-n', namespace],
    env: { ...env, KUBECONFIG: request.kubeconfig },
  };
  const results = await interleaved(rounds, [
    { name: '--version', run: () => timed({ argv: [program, '--version'], env }) },
    { name: 'node -e 0', run: () => timed({ argv: [process.execPath, '-e', '0'], env }) },
    { name: 'list, of 10,000 backups', run: () => timed({ argv: list, env }) },
    { name: 'kubectl version --client', run: () => timed({ argv: ['kubectl', 'version', '--client'], env }) },
    { name: 'cleanup, until it calls the API server', run: () => server.untilCalled(calling) },
  ]);
  server.close();
  const [version, node, listing, kubectl, called] = results;
  if (!version || !node || !listing || !kubectl || !called) return false;
  const outcomes = [
    printComparison([version, node], { ratioBars: { 'node -e 0': 1.1 }, memoryBar }),
    printComparison([listing, kubectl], { ratioBars: { 'kubectl version --client': 1 }, memoryBar }),
    printComparison([called, kubectl], { ratioBars: { 'kubectl version --client': 2 }, memoryBar }),
    printSizes(program),
  ];
  return outcomes.every(Boolean);
}

/** A server that hangs up on everybody, and knows when it was called. */
async function listen(kubeconfig: string) {
  let called: ((time: number) => void) | undefined;
  const server = createServer((socket) => {
    called?.(performance.now());
    socket.on('error', () => {}).destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  writeKubeconfig(kubeconfig, { server: `https://127.0.0.1:${port}`, ...someAuthority });
  return {
    close: () => server.close(),
    untilCalled: async (command: Command): Promise<Sample> => {
      const begin = performance.now();
      const end = new Promise<number>((resolve) => {
        called = resolve;
      });
      const sample = await timed({ ...command, mayFail: true });
      return { ...sample, seconds: ((await end) - begin) / 1000 };
    },
  };
}

function printSizes(program: string): boolean {
  const content = readFileSync(program);
  const programMegabytes = content.length / 1e6;
  const archiveMegabytes = archiveOf(hostTarget(), content).length / 1e6;
  console.log(`\n| | size | bar |\n| --- | ---: | --- |
| the program | ${programMegabytes.toFixed(1)} MB | ${met(programMegabytes, most.programMegabytes, ' MB')} |
| its archive | ${archiveMegabytes.toFixed(1)} MB | ${met(archiveMegabytes, most.archiveMegabytes, ' MB')} |\n`);
  return programMegabytes <= most.programMegabytes && archiveMegabytes <= most.archiveMegabytes;
}
