/** How an NKVM app in a cluster is named as a catalogue: `app:NAMESPACE/DEPLOYMENT`. */
import { namespacePattern } from './namespace-name.ts';

export interface AppName {
  readonly namespace: string;
  readonly deployment: string;
}

const appPattern = new RegExp(`^app:(${namespacePattern})/([a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?)$`);

/** Undefined when the text is not `app:NAMESPACE/DEPLOYMENT`. */
export function parseAppName(text: string): AppName | undefined {
  const [, namespace, deployment] = appPattern.exec(text) ?? [];
  return namespace === undefined || deployment === undefined ? undefined : { namespace, deployment };
}

export function formatAppName({ namespace, deployment }: AppName): string {
  return `app:${namespace}/${deployment}`;
}
