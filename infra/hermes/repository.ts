import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import type { Region } from '../../domain/ids.ts';
import type { Manifest, PartEntry } from '../../domain/manifest.ts';
import {
  provenState,
  type Pointer,
  type VersionState,
  type ViewName,
  type ViewVersion,
} from '../../domain/views.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { announceVersion, type Announced, type AnnounceOptions } from './announce.ts';
import { createClaims } from './claims.ts';
import { createViewKeys } from './keys.ts';
import { createParts, type PartReceipt, type StoredManifest } from './parts.ts';
import { createPointers } from './pointers.ts';
import { createRetreat } from './retreat.ts';
import { createStates, type Refusal } from './states.ts';

export type { Announced, AnnounceOptions } from './announce.ts';
export type { PartReceipt, StoredManifest } from './parts.ts';
export type { Refusal } from './states.ts';

/** One line of a view's history. `unreadable` stands for a status that is damaged. */
export type VersionSummary = {
  readonly version: ViewVersion;
  readonly state: VersionState | 'unreadable';
  readonly runId: string | null;
  readonly rule: string | null;
  readonly reason: string | null;
};

export type ViewRepositoryDeps = {
  readonly store: ObjectStore;
  readonly region: Region;
  /** Clock for `announcedAt`. */
  readonly now?: () => Date;
};

/**
 * The published views of one region. Verbs may be repeated by the same run after a crash at any point and come to the
 * same end. A version goes: claimVersion → putPart… → putManifest → verify → announce, or → reject.
 */
export type ViewRepository = {
  /** The run's own version if it claimed one (among the newest 64), else the newest number + 1, now its own. */
  claimVersion(view: ViewName, runId: string): Promise<ViewVersion>;
  /**
   * Stores `parts/<name>.parquet`, or nothing if the same bytes are there. Other bytes under that name stay, and these
   * get a name of their own: list what the receipt says.
   */
  putPart(view: ViewName, version: ViewVersion, name: string, body: Uint8Array): Promise<PartReceipt>;
  /** Stores the manifest and stages the version; VIEW_VERSION_TAKEN if there is a different one. */
  putManifest(manifest: Manifest): Promise<StoredManifest>;
  /** VIEW_NOT_FOUND where there is none, VIEW_CORRUPT where it cannot be believed. */
  readManifest(view: ViewName, version: ViewVersion): Promise<Manifest>;
  /** The manifest with its exact text and checksum. */
  fetchManifest(view: ViewName, version: ViewVersion): Promise<StoredManifest>;
  /** A part's bytes; VIEW_CORRUPT unless they are those the manifest lists. */
  readPart(view: ViewName, version: ViewVersion, part: PartEntry): Promise<Uint8Array>;
  /** Reads every part back and marks the version verified. VIEW_CORRUPT names the first part that is wrong. */
  verify(view: ViewName, version: ViewVersion): Promise<Manifest>;
  setState(view: ViewName, version: ViewVersion, state: 'staged' | 'verified'): Promise<void>;
  /** VIEW_NOT_FOUND for a number nobody claimed. */
  readState(view: ViewName, version: ViewVersion): Promise<VersionState>;
  /** Undefined before the first announcement. */
  readPointer(view: ViewName): Promise<Pointer | undefined>;
  /**
   * Makes a verified version current. VIEW_VERSION_TAKEN if another run claimed it, VIEW_PARENT_MOVED if the current
   * version is not `parent` or not older, VIEW_REJECTED if it was refused.
   */
  announce(view: ViewName, version: ViewVersion, options: AnnounceOptions): Promise<Announced>;
  /** Refuses a version for good. REQUEST_INVALID for the current version: roll that back. */
  reject(view: ViewName, version: ViewVersion, rule: string, reason: string): Promise<void>;
  /** Refuses the current version for good and points back to the newest good one; VIEW_NOT_FOUND where there is none. */
  rollBack(view: ViewName, version: ViewVersion, refusal: Refusal): Promise<Pointer>;
  /** Overrides the announcement by a readable version, or by null no longer. */
  pin(view: ViewName, version: ViewVersion | null): Promise<Pointer>;
  /**
   * Says of a backup, or of a version that was never announced and is older than the current one, that it is no longer
   * kept. VIEW_REJECTED for a refused one, REQUEST_INVALID for the current one.
   */
  expire(view: ViewName, version: ViewVersion): Promise<void>;
  /** The version that a roll back of this one would point to; undefined where there is none. */
  backupOf(view: ViewName, version: ViewVersion): Promise<ViewVersion | undefined>;
  /** Newest first, at most `limit` (default 50). */
  listVersions(view: ViewName, limit?: number): Promise<VersionSummary[]>;
};

export function createViewRepository({
  store,
  region,
  now = () => new Date(),
}: ViewRepositoryDeps): ViewRepository {
  const keys = createViewKeys(region);
  const claims = createClaims(store, keys);
  const parts = createParts(store, region, keys, claims);
  const { fetchManifest } = parts;
  const states = createStates(store, keys, fetchManifest);
  const pointers = createPointers(store, keys);
  const retreat = createRetreat({ claims, states, pointers, fetchManifest, now });

  async function verify(view: ViewName, version: ViewVersion): Promise<Manifest> {
    const { manifest } = await fetchManifest(view, version);
    for (const part of manifest.parts) await parts.readPart(view, version, part);
    const state = await readState(view, version);
    if (state === 'staged') await states.move(view, version, 'verified');
    return manifest;
  }

  async function readState(view: ViewName, version: ViewVersion): Promise<VersionState> {
    const status = await states.find(view, version);
    if (!status && !(await claims.readClaim(view, version)))
      throw new MarqueeError('VIEW_NOT_FOUND', { view, version });
    return provenState(status?.state ?? 'staged', version, await pointers.read(view));
  }

  async function reject(view: ViewName, version: ViewVersion, rule: string, reason: string): Promise<void> {
    if ((await readState(view, version)) === 'announced') {
      throw new MarqueeError('REQUEST_INVALID', {
        field: 'version',
        shape: `${version}, announced`,
        expected: 'a version that is not current',
      });
    }
    await states.move(view, version, 'rejected', { rule, reason });
  }

  async function expire(view: ViewName, version: ViewVersion): Promise<void> {
    const state = await readState(view, version);
    const refusal = { rule: 'retention', reason: 'newer versions are kept in its place' };
    // A crash between pointer and states leaves a backup written down as announced.
    if (state === 'backup' && (await states.find(view, version))?.state === 'announced')
      await states.move(view, version, 'backup');
    if (state === 'staged' || state === 'verified') await reject(view, version, refusal.rule, refusal.reason);
    else await states.move(view, version, 'expired', refusal);
  }

  async function summarise(
    view: ViewName,
    version: ViewVersion,
    pointer: Pointer | undefined,
  ): Promise<VersionSummary> {
    const runId = (await claims.ownerOf(view, version)) ?? null;
    try {
      const status = await states.find(view, version);
      const state = provenState(status?.state ?? 'staged', version, pointer);
      return { version, state, runId, rule: status?.rule ?? null, reason: status?.reason ?? null };
    } catch (error) {
      if (!isMarqueeError(error, 'VIEW_CORRUPT')) throw error;
      return { version, state: 'unreadable', runId, rule: null, reason: error.message };
    }
  }

  async function listVersions(view: ViewName, limit = 50): Promise<VersionSummary[]> {
    const pointer = await pointers.read(view);
    const newest = (await claims.claimedVersions(view)).slice(0, limit);
    return Promise.all(newest.map((version) => summarise(view, version, pointer)));
  }

  return {
    claimVersion: async (view, runId) => claims.claimVersion(view, runId, await pointers.read(view)),
    putPart: parts.putPart,
    async putManifest(manifest) {
      const stored = await parts.putManifest(manifest);
      if (!(await states.find(manifest.view, manifest.version))) {
        await states.move(manifest.view, manifest.version, 'staged');
      }
      return stored;
    },
    readManifest: async (view, version) => (await fetchManifest(view, version)).manifest,
    fetchManifest,
    readPart: parts.readPart,
    verify,
    setState: states.move,
    readState,
    readPointer: pointers.read,
    announce: (view, version, options) =>
      announceVersion(
        { claims, states, pointers, fetchManifest, retreat: retreat.retreat, now },
        view,
        version,
        options,
      ),
    reject,
    expire,
    rollBack: retreat.rollBack,
    pin: retreat.pin,
    backupOf: retreat.newestBackup,
    listVersions,
  };
}
