/** Whose the restored files are: the flags that `restore` and `verify` share. */
import { Option, UsageError } from 'clipanion';
import { parseOwner, parseOwnerMappings } from '../domain/owner-words.ts';
import type { OwnerWish } from '../domain/ownership.ts';
import { ArchiveCommand } from './archive-command.ts';
import { orUsage } from './flag-values.ts';

export abstract class OwnerFlags extends ArchiveCommand {
  owner = Option.String('--owner', {
    description:
      "whose files are: `archive|workload|UID:GID`; without it, the archive's owners as far as the pod may keep them",
  });
  mapOwner = Option.Array('--map-owner', [], {
    description:
      '`FROM=TO` owner numbers: 999=1001 for user and group, 999:=1001: for users, :999=:1001 for groups; repeatable',
  });

  /** Throws a UsageError. */
  protected ownerWish(): OwnerWish {
    const { owner } = this;
    const choice = owner === undefined ? undefined : orUsage('--owner', () => parseOwner(owner));
    const mappings = orUsage('--map-owner', () => parseOwnerMappings(this.mapOwner));
    if (choice !== undefined && choice.kind !== 'archive' && this.mapOwner.length > 0) {
      throw new UsageError(
        `--owner ${owner} leaves no owner to map: leave out one of --owner and --map-owner`,
      );
    }
    return { mappings, ...(choice !== undefined && { choice }) };
  }
}
