/** Removes the parts of versions that are no longer kept. Claims, states and manifests stay: numbers are never given twice. */
import { expirable, type RetentionRules } from '../../domain/retention.ts';
import type { Region } from '../../domain/ids.ts';
import { servedVersion, type Pointer, type ViewName, type ViewVersion } from '../../domain/views.ts';
import type { ListedObject, ObjectStore } from '../object-store/port.ts';
import { createViewKeys } from './keys.ts';
import type { VersionRepository } from './repositories/port.ts';
import type { ViewRepository } from './repository.ts';

export interface RetentionDeps {
  readonly store: Pick<ObjectStore, 'list' | 'delete'>;
  readonly region: Region;
  readonly views: Pick<ViewRepository, 'readPointer' | 'listVersions' | 'expire'>;
  readonly rules: RetentionRules;
  /** Where else rows of views are kept, by the view's name. */
  readonly elsewhere?: Readonly<Record<string, Pick<VersionRepository, 'remove'>>>;
}

export interface Expired {
  readonly view: ViewName;
  /** Whose parts were removed, the newest first. */
  readonly versions: readonly ViewVersion[];
  readonly objects: number;
  readonly bytes: number;
}

export interface Retention {
  /** May be repeated after a crash at any point and comes to the same end. `onVersion` is told of each one. */
  expire(view: ViewName, onVersion?: (version: ViewVersion) => void): Promise<Expired>;
}

/** More than a view gets in a year at ten minutes each. */
const MOST_VERSIONS = 100_000;

export function createRetention({ store, region, views, rules, elsewhere = {} }: RetentionDeps): Retention {
  const keys = createViewKeys(region);

  async function partsByVersion(view: ViewName): Promise<Map<string, ListedObject[]>> {
    const byPrefix = new Map<string, ListedObject[]>();
    for (const object of await store.list(keys.versions(view))) {
      const folder = /^(.*\/versions\/\d{8}\/parts\/)/.exec(object.key)?.[1];
      if (folder === undefined) continue;
      const known = byPrefix.get(folder);
      if (known === undefined) byPrefix.set(folder, [object]);
      else known.push(object);
    }
    return byPrefix;
  }

  /** Since the state was read an operator may have gone back to it. */
  const isServed = (pointer: Pointer | undefined, version: ViewVersion): boolean =>
    pointer !== undefined && (pointer.version === version || servedVersion(pointer) === version);

  return {
    async expire(view, onVersion) {
      const stored = await partsByVersion(view);
      if (stored.size === 0) return { view, versions: [], objects: 0, bytes: 0 };
      const pointer = await views.readPointer(view);
      const listed = (await views.listVersions(view, MOST_VERSIONS)).filter(({ version }) =>
        stored.has(keys.parts(view, version)),
      );
      const { backups, abandoned, refused } = expirable(listed, pointer, rules);
      for (const version of [...backups, ...abandoned]) await views.expire(view, version);
      const now = await views.readPointer(view);
      const versions = [...backups, ...abandoned, ...refused]
        .filter((version) => !isServed(now, version))
        .sort((a, b) => b - a);
      let [objects, bytes] = [0, 0];
      for (const version of versions) {
        // The parts last: while they are there, a removal that died half-way is taken up again.
        await elsewhere[view]?.remove(view, version);
        for (const { key, size } of stored.get(keys.parts(view, version)) ?? []) {
          await store.delete(key);
          objects += 1;
          bytes += size;
        }
        onVersion?.(version);
      }
      return { view, versions, objects, bytes };
    },
  };
}
