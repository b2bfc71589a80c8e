/** What an operator types to pause a keeper by hand, and to give it back: the very changes that this tool makes. */
import { type ClusterObject, groupOf, type MergePatch } from '../../domain/cluster-object.ts';
import { backPatch, fieldsOf, stopPatch } from '../../domain/field-values.ts';
import type { Tracker } from '../../domain/gitops-tracking.ts';
import { leverOf } from '../../domain/levers.ts';
import { shellCommand } from '../../domain/shell-words.ts';

export function pauseCommand(keeper: ClusterObject): string {
  return patchCommand(keeper, stopPatch(fieldsOf(keeper)));
}

export function giveBackCommand(keeper: ClusterObject): string {
  return patchCommand(keeper, backPatch(fieldsOf(keeper)));
}

function patchCommand({ apiVersion, kind, namespace, name }: ClusterObject, patch: MergePatch): string {
  const resource = `${leverOf({ kind }).plural}.${groupOf(apiVersion)}`;
  const words = ['kubectl', '-n', namespace, 'patch', resource, name, '--type=merge', '-p'];
  return shellCommand([...words, JSON.stringify(patch)]);
}

/** By the keepers' own programs, which know where it is. */
export function pauseElsewhere({ kind, namespace, name }: Tracker): string {
  if (kind === 'Application') {
    const application = namespace === undefined ? name : `${namespace}/${name}`;
    return shellCommand(['argocd', 'app', 'set', application, '--sync-policy', 'none']);
  }
  const where = namespace === undefined ? [] : ['-n', namespace];
  return shellCommand(['flux', 'suspend', kind.toLowerCase(), name, ...where]);
}
