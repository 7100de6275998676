/** Which versions of views were made from which snapshots: what the lake must keep. */
import type { ViewName, ViewVersion } from '../../../domain/views.ts';

/** A version whose snapshots must stay. */
export interface KeptVersion {
  readonly view: ViewName;
  readonly version: ViewVersion;
  /** It is served or can be gone back to; else a run may still be at work on it. */
  readonly isServable: boolean;
  readonly inputs: readonly { readonly table: string; readonly snapshotId: string }[];
}

/** Port: every version of every view whose inputs matter. Throws OBJECT_STORE_UNAVAILABLE rather than leave one out. */
export type ReadKeptVersions = () => Promise<readonly KeptVersion[]>;

/** Named after view and version: `popularity.v7`. */
export const tagOf = (view: ViewName, version: ViewVersion): string => `${view}.v${version}`;

/** Tags of ours; those that others set are left alone. */
export const isOurTag = (name: string): boolean => /^[a-z][a-z0-9-]{0,62}\.v[1-9]\d{0,7}$/.test(name);
