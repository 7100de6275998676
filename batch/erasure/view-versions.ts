/** Versions of views whose parts hold rows of a profile, and how they go. */
import { servedVersion, type ViewName, type ViewVersion } from '../../domain/views.ts';
import { isMarqueeError } from '../../domain/errors.ts';
import type { ProfileId, Region } from '../../domain/ids.ts';
import { createViewKeys } from '../../infra/hermes/keys.ts';
import type { VersionRepository } from '../../infra/hermes/repositories/port.ts';
import type { ViewRepository } from '../../infra/hermes/repository.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import type { ObjectStore } from '../../infra/object-store/port.ts';
import { countProfileRows } from './view-rows.ts';

export interface ViewErasingDeps {
  readonly store: Pick<ObjectStore, 'list' | 'delete'>;
  readonly bucket: string;
  readonly region: Region;
  readonly views: Pick<ViewRepository, 'readPointer' | 'expire'>;
  /** Reads parts where they lie. */
  readonly lake: Pick<DuckDbLake, 'read'>;
  /** Where else rows of views are kept, by the view's name. */
  readonly elsewhere: Readonly<Record<string, Pick<VersionRepository, 'remove'>>>;
}

export interface HoldingVersions {
  /** What subscribers are served, where it holds the profile: another has to be published first. */
  readonly current: ViewVersion | null;
  /** Pinned, and not current: somebody has to unpin it. */
  readonly pinned: ViewVersion | null;
  readonly others: readonly ViewVersion[];
}

export interface ViewErasing {
  holding(view: ViewName, profileId: ProfileId): Promise<HoldingVersions>;
  /** Removes the parts of versions that nobody is served. */
  remove(view: ViewName, versions: readonly ViewVersion[]): Promise<void>;
}

export function createViewErasing({
  store,
  bucket,
  region,
  views,
  lake,
  elsewhere,
}: ViewErasingDeps): ViewErasing {
  const keys = createViewKeys(region);

  async function partsByVersion(view: ViewName): Promise<Map<ViewVersion, string[]>> {
    const found = new Map<ViewVersion, string[]>();
    for (const { key } of await store.list(keys.versions(view))) {
      const digits = /\/versions\/(\d{8})\/parts\/[^/]+\.parquet$/.exec(key)?.[1];
      if (digits === undefined) continue;
      const version = Number(digits) as ViewVersion;
      found.set(version, [...(found.get(version) ?? []), key]);
    }
    return found;
  }

  return {
    async holding(view, profileId) {
      const holding: ViewVersion[] = [];
      for (const [version, parts] of await partsByVersion(view)) {
        const paths = parts.map((key) => `s3://${bucket}/${key}`);
        const rows = await lake.read((connection) => countProfileRows(connection, paths, profileId));
        if (rows > 0) holding.push(version);
      }
      const pointer = await views.readPointer(view);
      const current = holding.find((version) => version === pointer?.version) ?? null;
      const served = pointer && servedVersion(pointer);
      const pinned = holding.find((version) => version === served && version !== current) ?? null;
      return { current, pinned, others: holding.filter((one) => one !== current && one !== pinned) };
    },

    async remove(view, versions) {
      const parts = await partsByVersion(view);
      for (const version of versions) {
        try {
          await views.expire(view, version);
        } catch (error) {
          // Refused for good, or being made by a run that will fail: its parts go all the same.
          if (!isMarqueeError(error, 'VIEW_REJECTED') && !isMarqueeError(error, 'VIEW_NOT_FOUND'))
            throw error;
        }
        await elsewhere[view]?.remove(view, version);
        for (const key of parts.get(version) ?? []) await store.delete(key);
      }
    },
  };
}
