/**
 * An API server that hides protocol v5 from both sides, as servers before Kubernetes 1.30 and many proxies do: over what
 * is left, stdin cannot be ended.
 */
import type { TestContext } from 'node:test';
import { startApiProxy } from './api-proxy.ts';

export interface OlderServer {
  readonly kubeconfig: string;
  /** What each exec was answered with. */
  readonly protocols: readonly (string | undefined)[];
}

export async function startOlderServer(t: TestContext): Promise<OlderServer> {
  const protocols: (string | undefined)[] = [];
  const { kubeconfig } = await startApiProxy(t, {
    execProtocol: 'v4.channel.k8s.io',
    onAnswer: ({ access }, { headers }) => {
      if (access?.resource === 'pods/exec') protocols.push(headers['sec-websocket-protocol']);
      return true;
    },
  });
  return { kubeconfig, protocols };
}
