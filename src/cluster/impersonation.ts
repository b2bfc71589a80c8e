/** As whom requests are made: what the flags say, else what the kubeconfig's user does, field by field. */
import type { OutgoingHttpHeaders } from 'node:http';
import { type Fields, textOf } from './kubeconfig.ts';

export interface Impersonation {
  readonly user?: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export function impersonationOf(user: Fields, flags: Impersonation): Impersonation {
  const name = flags.user ?? textOf(user, 'as');
  const uid = flags.uid ?? textOf(user, 'as-uid');
  const groups = flags.groups.length > 0 ? flags.groups : texts(user['as-groups']);
  const extra = Object.entries((user['as-user-extra'] ?? {}) as Fields);
  return {
    ...(name !== undefined && { user: name }),
    ...(uid !== undefined && { uid }),
    groups,
    extra: Object.fromEntries(extra.map(([key, values]) => [key, texts(values)])),
  };
}

/** A group is a line of its own, since the API server splits no commas. */
export function impersonationHeaders({ user, uid, groups, extra = {} }: Impersonation): OutgoingHttpHeaders {
  return {
    ...(user !== undefined && { 'Impersonate-User': user }),
    ...(uid !== undefined && { 'Impersonate-Uid': uid }),
    ...(groups.length > 0 && { 'Impersonate-Group': [...groups] }),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [
        `Impersonate-Extra-${encodeURIComponent(key)}`,
        [...values],
      ]),
    ),
  };
}

function texts(values: unknown): readonly string[] {
  return Array.isArray(values) ? values.map(String) : [];
}
