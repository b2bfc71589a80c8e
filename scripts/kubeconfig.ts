/** Kubeconfigs for servers that are started here. */
import { writeFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';

/** As nearly every cluster has one. It is some authority's: nobody gets as far as a certificate. */
export const someAuthority = {
  'certificate-authority-data': Buffer.from(rootCertificates[0] ?? '').toString('base64'),
};

/** Of one context, whose user has a token. Returns the file. */
export function writeKubeconfig(file: string, cluster: { readonly server: string }): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'only',
    clusters: [{ name: 'only', cluster }],
    users: [{ name: 'only', user: { token: 'only' } }],
    contexts: [{ name: 'only', context: { cluster: 'only', user: 'only' } }],
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}
