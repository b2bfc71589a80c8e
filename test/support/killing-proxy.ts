/** A proxy that counts what a client changes in the cluster, and kills it at one change. No hook in the program. */
import type { TestContext } from 'node:test';
import { startApiProxy } from './api-proxy.ts';
import { type ApiRequest, isMutation, type ResourceAccess } from './api-request.ts';

export interface KillPoint {
  /** Of the changes, from 1 on. */
  readonly change: number;
  /** Before the API server sees it, or before the client learns that it is made. */
  readonly moment: 'request' | 'answer';
}

/**
 * Both ends of what lies between two changes. Of the beginning of a command in a pod there is no more to learn: its second
 * end is the next one's first.
 */
export function killPoints(changes: readonly string[]): readonly KillPoint[] {
  return changes.flatMap((change, index): readonly KillPoint[] => {
    const before: KillPoint = { change: index + 1, moment: 'request' };
    return change.startsWith('exec ') ? [before] : [before, { ...before, moment: 'answer' }];
  });
}

export interface KillingProxy {
  readonly kubeconfig: string;
  /** Begins to count anew; `kill` is called at the point, and nothing that comes later gets through. */
  arm(kill: () => void, point?: KillPoint): void;
  /** `verb resource/name` of each change since then. */
  readonly changes: readonly string[];
}

export async function startKillingProxy(t: TestContext): Promise<KillingProxy> {
  let changes: string[] = [];
  let isDead = false;
  let reach = (_moment: KillPoint['moment'], _change: number): boolean => false;
  const numbers = new WeakMap<ApiRequest, number>();
  const { kubeconfig } = await startApiProxy(t, {
    onRequest: (request) => {
      if (isDead) return false;
      if (request.access === undefined || !isMutation(request) || comesByTheClock(request.access))
        return true;
      numbers.set(request, changes.push(nameOf(request.access)));
      return !reach('request', changes.length);
    },
    onAnswer: (request) => {
      const number = numbers.get(request);
      return !isDead && (number === undefined || !reach('answer', number));
    },
  });
  return {
    kubeconfig,
    arm: (kill, point) => {
      changes = [];
      isDead = false;
      reach = (moment, change) => {
        if (moment !== point?.moment || change !== point.change) return false;
        isDead = true;
        kill();
        return true;
      };
    },
    get changes() {
      return changes;
    },
  };
}

/** Renewals of a lock and of a heartbeat: how many there are depends on how long a run takes. */
function comesByTheClock({ verb, resource }: ResourceAccess): boolean {
  return (verb === 'patch' || verb === 'update') && (resource === 'leases' || resource === 'pods');
}

function nameOf({ verb, resource, name }: ResourceAccess): string {
  const run = /\b\d{14}-[a-z0-9]{5}\b|[0-9a-f]{8}-[0-9a-f-]{27}/;
  return `${resource === 'pods/exec' ? 'exec' : verb} ${resource}${name ? `/${name.replace(run, 'RUN')}` : ''}`;
}
