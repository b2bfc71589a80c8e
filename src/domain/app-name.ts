/** How an NKVM app in a cluster is named as a catalogue: `app:NAMESPACE/DEPLOYMENT`. */

export interface AppName {
  readonly namespace: string;
  readonly deployment: string;
}

/** Undefined when the text is not `app:NAMESPACE/DEPLOYMENT`. */
export function parseAppName(text: string): AppName | undefined {
  const match = /^app:([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)\/([a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?)$/.exec(
    text,
  );
  const [, namespace, deployment] = match ?? [];
  return namespace === undefined || deployment === undefined ? undefined : { namespace, deployment };
}

export function formatAppName({ namespace, deployment }: AppName): string {
  return `app:${namespace}/${deployment}`;
}
