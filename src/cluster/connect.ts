/** Opens the port to the cluster that the flags and the kubeconfig name. No request is made yet. */
import { AuthenticationV1Api, AuthorizationV1Api, CoreV1Api, StorageV1Api } from '@kubernetes/client-node';
import { accessTo } from './access.ts';
import { claimsOf } from './claims.ts';
import type { Cluster } from './cluster.ts';
import { ApiConnection, type ConnectionOptions } from './connection.ts';
import { Credentials } from './credentials.ts';
import { execIn } from './exec.ts';
import { impersonationOf } from './impersonation.ts';
import { loadKubeconfig } from './kubeconfig.ts';
import type { KubeconfigSource } from './kubeconfig-files.ts';
import { leasesOf } from './leases.ts';
import { objectsOf } from './objects.ts';
import { podsOf } from './pods.ts';
import { revisionsOf } from './revisions.ts';
import { snapshotsOf } from './snapshots.ts';
import { Transport } from './transport.ts';
import { watchOn } from './watch.ts';
import { workloadsOf } from './workloads.ts';

/** kubectl's connection flags, in its own meaning. */
export interface ConnectFlags {
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
  readonly server?: string;
  readonly certificateAuthority?: string;
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify: boolean;
}

/** Throws a ConnectionError when the kubeconfig does not say where to connect to. */
export function connectCluster(
  source: KubeconfigSource,
  flags: ConnectFlags,
  options: ConnectionOptions,
): Cluster {
  const config = loadKubeconfig(source, flags);
  const { server } = config.endpoint;
  const transport = new Transport({
    endpoint: config.endpoint,
    credentials: new Credentials(config, { env: source.env, ...options }),
    impersonate: impersonationOf(config.userFields, options.impersonate),
    env: source.env,
    trace: (line) => options.trace?.(line),
  });
  const connection = new ApiConnection(server.replace(/\/+$/, ''), transport, options);
  const core = connection.client(CoreV1Api);
  const objects = objectsOf(connection);
  const apis = {
    core,
    storage: connection.client(StorageV1Api),
    authorization: connection.client(AuthorizationV1Api),
    authentication: connection.client(AuthenticationV1Api),
  };
  return {
    identity: {
      context: config.context,
      cluster: config.cluster,
      server,
      namespace: flags.namespace ?? config.namespace ?? 'default',
    },
    claims: claimsOf(connection, apis),
    pods: podsOf(connection, apis),
    objects,
    workloads: workloadsOf(objects),
    revisions: revisionsOf(connection),
    snapshots: snapshotsOf(connection, apis),
    leases: leasesOf(connection),
    access: accessTo(connection, apis),
    exec: (pod, command, streams) => execIn(connection, { pod, command, ...(streams && { streams }) }),
    watch: watchOn(connection),
    now: () => connection.now(),
    close: () => connection.close(),
  };
}
