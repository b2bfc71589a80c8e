/** What may be done about Argo CD and Flux, which would put the workload back. */
import { Option } from 'clipanion';
import type { KeeperWish } from '../runbook/keepers/find-keepers.ts';
import { WriterFlags } from './writer-flags.ts';

export abstract class KeeperFlags extends WriterFlags {
  pauseGitops = Option.Boolean('--pause-gitops', false, {
    description:
      'pause what of Argo CD and Flux would put the workloads back, and give it back afterwards; without it the run stops',
  });
  gitopsPaused = Option.Boolean('--gitops-paused', false, {
    description:
      'your word that what of Argo CD and Flux is not in this cluster, or may not be read, is paused; it is recorded',
  });

  protected override get writerFlagsGiven(): boolean {
    return super.writerFlagsGiven || this.pauseGitops || this.gitopsPaused;
  }

  protected keeperWish(): KeeperWish {
    return { pauseGitops: this.pauseGitops, gitopsPaused: this.gitopsPaused };
  }
}
