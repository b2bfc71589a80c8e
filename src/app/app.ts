/** The NKVM app in a cluster: its Deployment, and the pod in which its files can be read. */
import type { PodRef } from '../cluster/cluster.ts';
import type { AppName } from '../domain/app-name.ts';
import type { Workload } from '../domain/workload.ts';

/** The app's Deployment, as it was found. */
export interface App extends AppName {
  /** `app:NAMESPACE/DEPLOYMENT`. */
  readonly catalog: string;
  readonly workload: Workload;
  /** The container that is the app. */
  readonly container: string;
}

/**
 * A pod that runs and sees the app's files as the app does: at the same paths, with the same working directory and the
 * same NKVM_METADATA_DB_PATH and NKVM_BACKUP_DIR. The app's own, or a reader pod.
 */
export interface AppPod extends PodRef {
  readonly uid: string;
  readonly container: string;
}

/** Where the app's files can be read. */
export interface AppFiles {
  readonly app: App;
  /**
   * The pod to work in now: the one before as long as it runs, else another one. Whoever is cut off in the middle asks
   * again. Rejects with a CatalogError: app-down.
   */
  pod(): Promise<AppPod>;
  /** Removes what was made for it. */
  close(): Promise<void>;
}
