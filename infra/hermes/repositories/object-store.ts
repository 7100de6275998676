/** Versions in the object store, where they are published: the first home of every view. */
import { isMarqueeError, MarqueeError } from '../../../domain/errors.ts';
import type { Region } from '../../../domain/ids.ts';
import { viewVersion, type ViewName, type ViewVersion } from '../../../domain/views.ts';
import type { DuckDb } from '../../duckdb/duckdb.ts';
import type { ObjectStore } from '../../object-store/port.ts';
import { createClaims } from '../claims.ts';
import { createViewKeys } from '../keys.ts';
import { checkPart, createParts, type StoredManifest } from '../parts.ts';
import { findRows, withPartFile } from './part-rows.ts';
import { requireKeyColumn, type VersionRepository, type ViewRow } from './port.ts';

export interface StoredVersionsDeps {
  readonly store: ObjectStore;
  readonly region: Region;
  readonly duckdb: Pick<DuckDb, 'use'>;
  /** A folder that is there, for parts while a key is looked for. */
  readonly scratchDir: string;
}

/** What is taken away is the parts: claims, states and manifests stay, so that numbers are never given twice. */
export function createStoredVersions({
  store,
  region,
  duckdb,
  scratchDir,
}: StoredVersionsDeps): VersionRepository {
  const keys = createViewKeys(region);
  const claims = createClaims(store, keys);
  const parts = createParts(store, region, keys, claims);

  async function taken(view: ViewName, version: ViewVersion): Promise<MarqueeError> {
    const owner = (await claims.ownerOf(view, version)) ?? 'unknown';
    return new MarqueeError('VIEW_VERSION_TAKEN', { view, version, owner });
  }

  async function manifestOf(view: ViewName, version: ViewVersion): Promise<StoredManifest | undefined> {
    try {
      return await parts.fetchManifest(view, version);
    } catch (error) {
      if (isMarqueeError(error, 'VIEW_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  /** Sizes of what is stored of a version, by the part's key. */
  async function storedParts(prefix: string): Promise<Map<string, number>> {
    return new Map((await store.list(prefix)).map(({ key, size }) => [key, size]));
  }

  const isWhole = ({ manifest }: StoredManifest, sizes: ReadonlyMap<string, number>): boolean =>
    manifest.parts.every(
      ({ name, bytes }) => sizes.get(keys.part(manifest.view, manifest.version, name)) === bytes,
    );

  async function find({ manifest }: StoredManifest, key: string): Promise<readonly ViewRow[]> {
    const { view, version } = manifest;
    const column = requireKeyColumn(view, version);
    const found: ViewRow[] = [];
    for (const part of manifest.parts) {
      const body = await parts.readPart(view, version, part);
      found.push(...(await withPartFile(scratchDir, body, (path) => findRows(duckdb, path, column, key))));
    }
    return found;
  }

  return {
    async put(stored, readPart) {
      const { manifest, sha256 } = stored;
      const { view, version } = manifest;
      const there = await manifestOf(view, version);
      if (there !== undefined && there.sha256 !== sha256) throw await taken(view, version);
      for (const part of manifest.parts) {
        const body = await readPart(part);
        checkPart(view, version, part, body);
        const { name } = await parts.putPart(view, version, part.name, body);
        if (name !== part.name) throw await taken(view, version);
      }
      await parts.putManifest(manifest);
    },
    async versions(view) {
      const sizes = await storedParts(keys.versions(view));
      const numbers = [...sizes.keys()].flatMap(
        (key) => /\/versions\/(\d{8})\/manifest\.json$/.exec(key)?.[1] ?? [],
      );
      const whole: ViewVersion[] = [];
      for (const number of numbers) {
        const version = viewVersion(Number(number));
        const stored = await manifestOf(view, version);
        if (stored !== undefined && isWhole(stored, sizes)) whole.push(version);
      }
      return whole.sort((a, b) => b - a);
    },
    async open(view, version) {
      const stored = await parts.fetchManifest(view, version);
      if (!isWhole(stored, await storedParts(keys.parts(view, version))))
        throw new MarqueeError('VIEW_NOT_FOUND', { view, version });
      return { stored, find: (key) => find(stored, key) };
    },
    async remove(view, version) {
      for (const { key } of await store.list(keys.parts(view, version))) await store.delete(key);
    },
  };
}
