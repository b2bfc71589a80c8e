/** What may be done to writers that are not simply scaled down and up again. */
import { Option } from 'clipanion';
import type { WriterRequest } from '../runbook/writers/check-writers.ts';
import { TransferFlags } from './transfer-flags.ts';

export abstract class WriterFlags extends TransferFlags {
  stopJobs = Option.Boolean('--stop-jobs', false, {
    description:
      'suspend the running Jobs of CronJobs instead of waiting for them; they begin anew when resumed',
  });
  deleteBarePods = Option.Boolean('--delete-bare-pods', false, {
    description: 'delete pods without an owner that mount the claim; they do not come back',
  });
  forceOwned = Option.Boolean('--force-owned', false, {
    description: "stop a workload although an operator's resource owns it, which may start it again",
  });

  protected writerWish(): Pick<WriterRequest, 'stopJobs' | 'deleteBarePods' | 'forceOwned'> {
    const { stopJobs, deleteBarePods, forceOwned } = this;
    return { stopJobs, deleteBarePods, forceOwned };
  }

  protected get writerFlagsGiven(): boolean {
    return this.stopJobs || this.deleteBarePods || this.forceOwned;
  }
}
