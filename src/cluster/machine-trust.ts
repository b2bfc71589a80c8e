import { getCACertificates } from 'node:tls';

/**
 * PEM: the certificate authorities of the operating system, as kubectl has them, in addition to Node's own, since macOS and
 * Windows tell only those that were added to theirs. Each once: a machine has most in a bundle and as files, and Node has
 * them too. Reading them takes longer than all the rest before a request.
 */
export function machineAuthorities(): readonly string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
}
