// What the program meets as it is warmed up: an API server with one NKVM app and nothing else, over plain HTTP. It is as
// much of one as the program's own functions need to be run; what they make of a real one is the tests' affair.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateSync } from 'node:zlib';
import { WebSocketServer } from 'ws';

const labels = { 'app.kubernetes.io/name': 'nerdy-k8s-volume-manager' };
const metadata = { name: 'app', namespace: 'warm', uid: '5b0d', labels };
const spec = { containers: [{ name: 'app', image: 'app' }] };
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata,
  spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
};
const status = {
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'True' }],
  containerStatuses: [{ name: 'app', ready: true, restartCount: 0, state: { running: {} } }],
};
const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec, status };

export interface WarmServer {
  readonly url: string;
  close(): void;
}

/** `history`: the database that the app has. */
export async function warmServer(history: Buffer): Promise<WarmServer> {
  const server = createServer(({ url = '' }, response) => {
    const body = url.endsWith('/deployments/app') ? deployment : { metadata: {}, items: listOf(url) };
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(body));
  });
  answerExec(server, history);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listOf(url: string): readonly object[] {
  if (/\/deployments\b/.test(url)) return [deployment];
  return /\/namespaces\/warm\/pods\b/.test(url) ? [pod] : [];
}

/** The shell in the app's pod: each order is one message on channel 0, each answer one on channel 1. */
function answerExec(server: Server, history: Buffer): void {
  const sockets = new WebSocketServer({ server, handleProtocols: ([first]) => first ?? false });
  const deflated = deflateSync(history);
  const answers: Readonly<Record<string, readonly (string | Buffer)[]>> = {
    places: ['folder 4\n/app', 'database 0\n', 'backups 0\n'],
    backup: [`deflated ${deflated.length}\n`, deflated],
  };
  sockets.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const [order = ''] = data.subarray(1).toString('latin1').split(' ');
      const parts = [...(answers[order] ?? []), 'done 0\n'];
      socket.send(Buffer.concat([Buffer.of(1), ...parts.map((part) => Buffer.from(part))]));
    });
  });
}
