import { withoutAccount } from '../domain/server-url.ts';

/** The flags that every command has, as a session reads them. */
export interface GlobalFlags {
  readonly output: string;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: string;
  readonly requestTimeout: string;
  readonly insecureSkipTlsVerify: boolean;
  readonly impersonate: { readonly user?: string; readonly uid?: string; readonly groups: readonly string[] };
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
  readonly server?: string;
  readonly certificateAuthority?: string;
  readonly tlsServerName?: string;
}

/** Where none is typed. */
export const usualFlags: GlobalFlags = {
  output: 'table',
  quiet: false,
  verbose: false,
  color: 'auto',
  requestTimeout: '30s',
  insecureSkipTlsVerify: false,
  impersonate: { groups: [] },
};

/** Those of `connectionWords`. */
export const connectionFlags: readonly string[] = [
  '--kubeconfig',
  '--context',
  '--cluster',
  '--user',
  '--server',
  '--certificate-authority',
  '--tls-server-name',
  '--insecure-skip-tls-verify',
  '--as',
  '--as-uid',
  '--as-group',
];

/** The flags that lead to the same cluster as the same user, for commands that are printed to be typed: no password. */
export function connectionWords(flags: GlobalFlags): readonly string[] {
  const { user, uid, groups } = flags.impersonate;
  const words = (name: string, value: string | undefined) => (value === undefined ? [] : [name, value]);
  return [
    ...words('--kubeconfig', flags.kubeconfig),
    ...words('--context', flags.context),
    ...words('--cluster', flags.cluster),
    ...words('--user', flags.user),
    ...words('--server', flags.server && withoutAccount(flags.server)),
    ...words('--certificate-authority', flags.certificateAuthority),
    ...words('--tls-server-name', flags.tlsServerName),
    ...(flags.insecureSkipTlsVerify ? ['--insecure-skip-tls-verify'] : []),
    ...words('--as', user),
    ...words('--as-uid', uid),
    ...groups.flatMap((group) => ['--as-group', group]),
  ];
}
