/** Finds the pod in which the app's files can be read. It only looks: the app is left alone. */
import { CatalogError, nameAnother } from '../catalog/catalog-error.ts';
import type { Pod } from '../domain/pod.ts';
import type { Run } from '../runbook/run.ts';
import type { App, AppFiles, AppPod } from './app.ts';

/** Asks for nothing yet. */
export function openAppFiles(run: Run, app: App): AppFiles {
  return {
    app,
    pod: async () => {
      const pods = await run.cluster.pods.list(app.namespace, app.workload.selector);
      const pod = pods.find((one) => runs(one, app));
      if (pod !== undefined) return { ...toRef(pod), container: app.container };
      throw new CatalogError('app-down', `${app.catalog} has no pod that runs`, { action: nameAnother });
    },
    close: async () => {},
  };
}

function runs({ phase, deleting, containers }: Pod, { container }: App): boolean {
  const isRunning = containers.some(({ name, state }) => name === container && state === 'running');
  return phase === 'Running' && !deleting && isRunning;
}

function toRef({ namespace, name, uid }: Pod): Omit<AppPod, 'container'> {
  return { namespace, name, uid };
}
