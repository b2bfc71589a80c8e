/**
 * Certificates and keys, as a kubeconfig and its flags have them: `NAME-data` in Base64, or the file NAME. What is no PEM is
 * named: OpenSSL says nothing of an authority that it cannot read, and of the others not which one it is.
 */
import { readFileSync } from 'node:fs';
import { ConnectionError } from './connection-error.ts';

/** The one that is there; `name` is that of the field of a file. Throws as the two below do. */
export function pemOf(
  { data, file }: { readonly data: string | undefined; readonly file: string | undefined },
  name: string,
): Buffer | undefined {
  if (data !== undefined) return pemInBase64(data, `${name}-data`);
  return file === undefined ? undefined : pemInFile(file, name);
}

/** `field` is where it stands: `certificate-authority-data`. Throws a ConnectionError. */
export function pemInBase64(data: string, field: string): Buffer {
  return checked(Buffer.from(data, 'base64'), `${field} in the kubeconfig is no PEM in Base64`);
}

/** Throws a ConnectionError, or the error of a file that cannot be read. */
export function pemInFile(file: string, field: string): Buffer {
  return checked(readFileSync(file), `${field} ${file} is no PEM`);
}

function checked(pem: Buffer, otherwise: string): Buffer {
  if (pem.includes('-----BEGIN ')) return pem;
  throw new ConnectionError(otherwise, 'Mend it, or name another kubeconfig with --kubeconfig.');
}
