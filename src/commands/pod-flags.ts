import { UsageError } from 'clipanion';
import type { PodManifest } from '../cluster/cluster.ts';
import { messageOf } from '../domain/message-of.ts';
import type { Session } from './session.ts';

export function podImage({ host }: Pick<Session, 'host'>, flag: string | undefined): string {
  return flag ?? (host.env['NKVM_HELPER_IMAGE'] || 'alpine:3.20');
}

/** `--overrides`, as in `kubectl run`: an RFC 7386 merge patch on the pod, with lists replaced whole. */
export function overrider(text: string | undefined): (manifest: PodManifest) => PodManifest {
  if (text === undefined) return (manifest) => manifest;
  let patch: unknown;
  try {
    patch = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--overrides is not JSON: ${messageOf(error)}`);
  }
  if (!isObject(patch)) throw new UsageError('--overrides is not a JSON object');
  const metadata = patch['metadata'];
  if (isObject(metadata) && ('name' in metadata || 'namespace' in metadata)) {
    throw new UsageError('--overrides may not change metadata.name or metadata.namespace');
  }
  const object = patch;
  return (manifest) => mergePatch(manifest, object);
}

function mergePatch(target: PodManifest, patch: PodManifest): PodManifest {
  const merged: Record<string, unknown> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    const old = merged[key];
    if (value === null) delete merged[key];
    else merged[key] = isObject(value) ? mergePatch(isObject(old) ? old : {}, value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is PodManifest {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
