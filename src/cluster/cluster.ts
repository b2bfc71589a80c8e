/**
 * The port to Kubernetes: what the runbook asks of a cluster, in our own types. Only this folder knows client-node.
 * Every call is one request or one exec; nothing here waits, decides or retries a change.
 */
import type { Claim, ClaimRef } from '../domain/claim.ts';
import type { Lease } from '../domain/claim-lock.ts';
import type { ClusterObject, MergePatch, ObjectKind, ObjectRef } from '../domain/cluster-object.ts';
import type { Pod } from '../domain/pod.ts';
import type { Revision } from '../domain/revision.ts';
import type { SnapshotClass } from '../domain/safety.ts';
import type { Workload, WorkloadKind } from '../domain/workload.ts';

export interface Cluster {
  readonly identity: ClusterIdentity;
  readonly claims: Claims;
  readonly pods: Pods;
  readonly objects: Objects;
  readonly workloads: Workloads;
  readonly revisions: Revisions;
  readonly snapshots: Snapshots;
  readonly leases: Leases;
  readonly access: Access;
  /** Runs a program in a running pod's only container; see exec.ts. */
  readonly exec: Exec;
  readonly watch: Watch;
  /** The API server's clock, so that two machines agree on how old a heartbeat is. */
  now(): Date;
  /** Ends kept connections. */
  close(): Promise<void>;
}

export interface ClusterIdentity {
  readonly context: string;
  readonly cluster: string;
  readonly server: string;
  /** The context's namespace, or `default`. */
  readonly namespace: string;
}

export interface Claims {
  read(claim: ClaimRef): Promise<Claim | undefined>;
  list(namespace: string): Promise<readonly Claim[]>;
  /** Sets annotations; null removes one. */
  annotate(claim: ClaimRef, values: Readonly<Record<string, string | null>>): Promise<void>;
  /** Undefined when the class may not be looked at. */
  bindsOnFirstConsumer(storageClass: string): Promise<boolean | undefined>;
}

export interface PodRef {
  readonly namespace: string;
  readonly name: string;
}

/** A Pod as JSON, as `kubectl apply` would send it. */
export type PodManifest = Readonly<Record<string, unknown>>;

export interface Pods {
  list(namespace: string, labelSelector?: string): Promise<readonly Pod[]>;
  /** Of all namespaces that one list call can see. */
  listAll(labelSelector: string): Promise<readonly Pod[]>;
  read(pod: PodRef): Promise<Pod | undefined>;
  create(namespace: string, manifest: PodManifest, dryRun?: boolean): Promise<Pod>;
  annotate(pod: PodRef, values: Readonly<Record<string, string | null>>): Promise<void>;
  /** Asks for its deletion; not an error when it is gone already. Another pod of that name is a `conflict` ApiError. */
  delete(pod: PodRef, uid?: string): Promise<void>;
  /** `reason: message` of the pod's events, oldest first; empty when they may not be read. */
  events(pod: PodRef): Promise<readonly string[]>;
  /** The last lines of a container's log, of its previous instance when it has restarted; empty when unreadable. */
  log(pod: PodRef, container: string, tailLines: number): Promise<readonly string[]>;
}

/** Objects of any API; an empty namespace is that of cluster-scoped ones. One that the cluster does not serve has no objects; where it may not be asked, a 403 is thrown. */
export interface Objects {
  read(kind: ObjectKind, object: Omit<ObjectRef, 'kind'>): Promise<ClusterObject | undefined>;
  /** Whether the cluster has the API: who may not use it is told so before that. */
  isServed(kind: ObjectKind): Promise<boolean>;
  /** Without a namespace, of all that one list call can see. */
  list(kind: ObjectKind, namespace?: string, labelSelector?: string): Promise<readonly ClusterObject[]>;
  /** One merge patch that only succeeds on the version that was read; a newer one is a `conflict` ApiError. */
  patch(kind: ObjectKind, object: ClusterObject, patch: MergePatch): Promise<ClusterObject>;
}

export interface Workloads {
  /** Default: every kind. */
  list(namespace: string, kinds?: readonly WorkloadKind[]): Promise<readonly Workload[]>;
  read(workload: Omit<ObjectRef, 'kind'> & { readonly kind: WorkloadKind }): Promise<Workload | undefined>;
}

export interface Revisions {
  /** Without a namespace, of all that one list call can see. */
  list(namespace: string | undefined): Promise<readonly Revision[]>;
  /** Not an error when it is gone already. */
  delete(revision: Revision): Promise<void>;
}

/** A VolumeSnapshot as JSON. */
export type SnapshotManifest = Readonly<Record<string, unknown>>;

export interface SnapshotRef {
  readonly namespace: string;
  readonly name: string;
}

export interface VolumeSnapshot {
  readonly isReady: boolean;
  /** The last error, not always a present one: controllers try again. */
  readonly error?: string;
}

export interface Snapshots {
  /** Whether the cluster has the API (v1). */
  isServed(): Promise<boolean>;
  /** The CSI driver of a bound claim's volume; null when it is of none, undefined when nobody may look. */
  driverOf(claim: Claim): Promise<string | null | undefined>;
  /** Undefined when they may not be listed. */
  classes(): Promise<readonly SnapshotClass[] | undefined>;
  create(namespace: string, manifest: SnapshotManifest): Promise<void>;
  read(snapshot: SnapshotRef): Promise<VolumeSnapshot | undefined>;
  /** Asks for its deletion; not an error when it is gone already. */
  delete(snapshot: SnapshotRef): Promise<void>;
}

/** A Lease as JSON. */
export type LeaseManifest = Readonly<Record<string, unknown>>;

export interface Leases {
  read(lease: { readonly namespace: string; readonly name: string }): Promise<Lease | undefined>;
  /** Of all namespaces where none is given. */
  list(namespace: string | undefined, labelSelector: string): Promise<readonly Lease[]>;
  /** An ApiError of status 409 where there is one already. */
  create(namespace: string, manifest: LeaseManifest): Promise<Lease>;
  /** A merge patch that only succeeds on the version that was read: 409 on a newer one, 404 when it is gone. */
  patch(lease: Lease, change: { readonly metadata?: object; readonly spec?: object }): Promise<Lease>;
  /** The same for its deletion. */
  delete(lease: Lease): Promise<void>;
}

export interface Permission {
  readonly verb: string;
  /** API group; '' is the core group. */
  readonly group: string;
  /** `pods`, or `pods/exec` with a subresource. */
  readonly resource: string;
}

export interface Access {
  /** Those of `permissions` that the user does not have in `namespace`. */
  missing(namespace: string, permissions: readonly Permission[]): Promise<readonly Permission[]>;
  /** The user name that the API server knows us by; undefined on servers that do not say. */
  whoAmI(): Promise<string | undefined>;
  /** Undefined when namespaces may not be looked at. */
  namespaceExists(namespace: string): Promise<boolean | undefined>;
}

export interface ExecStreams {
  /** Needed only in a pod with several. */
  readonly container?: string;
  /**
   * Sent with back-pressure. Its end closes the remote stdin, but not on servers that speak only the older protocol:
   * the remote program must know by what it has read that there is no more.
   */
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly onStdout?: (chunk: Buffer) => void;
  readonly signal?: AbortSignal;
}

export interface ExecResult {
  readonly exitCode: number;
  /** The last 16 KiB. */
  readonly stderr: string;
}

export type Exec = (pod: PodRef, command: readonly string[], streams?: ExecStreams) => Promise<ExecResult>;

export interface WatchTarget {
  readonly kind: ObjectKind;
  readonly namespace: string;
  /** Only this one. */
  readonly name?: string;
}

/** What one who watches has seen so far. */
export interface Sight {
  /** Where the next connection goes on. Undefined: it begins with all that is there. Kept up to date. */
  resourceVersion: string | undefined;
  /** Called for each object that is there, is new or has changed. */
  readonly onObject: (object: ClusterObject) => void;
  readonly signal: AbortSignal;
}

/** One connection: returns when the server ends it; an ApiError of status 410 when `resourceVersion` is too old. */
export type Watch = (target: WatchTarget, sight: Sight) => Promise<void>;
