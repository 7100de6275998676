/** Versions on this machine's disk: the last good copies that subscribers start from. */
import { isMarqueeError, MarqueeError } from '../../../domain/errors.ts';
import type { ViewName, ViewVersion } from '../../../domain/views.ts';
import type { DuckDb } from '../../duckdb/duckdb.ts';
import { createLocalCopies, localPartPath, type LocalCopies } from '../local-copies.ts';
import { checkPart, type StoredManifest } from '../parts.ts';
import { findRows } from './part-rows.ts';
import { requireKeyColumn, type VersionRepository, type ViewRow } from './port.ts';

export interface LocalVersionsDeps {
  /** One process at a time writes there. */
  readonly dir: string;
  readonly duckdb: Pick<DuckDb, 'use'>;
}

export function createLocalVersions({ dir, duckdb }: LocalVersionsDeps): VersionRepository {
  const prepared = new Map<ViewName, Promise<LocalCopies>>();

  /** What a crash left half-written is removed once, before anything is written. */
  function copiesOf(view: ViewName): Promise<LocalCopies> {
    const known = prepared.get(view);
    if (known !== undefined) return known;
    const copies = createLocalCopies(dir, view);
    const preparing = copies.prepare().then(() => copies);
    preparing.catch(() => prepared.delete(view));
    prepared.set(view, preparing);
    return preparing;
  }

  /** Undefined where there is none, and where it is damaged, which is then removed. */
  async function sound(copies: LocalCopies, version: ViewVersion): Promise<StoredManifest | undefined> {
    try {
      return await copies.check(version);
    } catch (error) {
      if (!isMarqueeError(error, 'VIEW_CORRUPT')) throw error;
      await copies.discard(version);
      return undefined;
    }
  }

  function refuseOther(there: StoredManifest, { manifest, sha256 }: StoredManifest): void {
    const { view, version } = manifest;
    if (there.sha256 !== sha256)
      throw new MarqueeError('VIEW_VERSION_TAKEN', { view, version, owner: 'another manifest' });
  }

  async function find(
    copies: LocalCopies,
    { manifest: { view, version, parts } }: StoredManifest,
    key: string,
  ): Promise<readonly ViewRow[]> {
    const column = requireKeyColumn(view, version);
    const found: ViewRow[] = [];
    for (const part of parts) {
      const path = localPartPath(copies.versionDir(version), part);
      found.push(...(await findRows(duckdb, path, column, key)));
    }
    return found;
  }

  return {
    async put(stored, readPart) {
      const { view, version } = stored.manifest;
      const copies = await copiesOf(view);
      const there = await sound(copies, version);
      if (there !== undefined) return refuseOther(there, stored);
      try {
        await copies.download(
          {
            fetchManifest: async () => stored,
            async readPart(_view, _version, part) {
              const body = await readPart(part);
              checkPart(view, version, part, body);
              return body;
            },
          },
          version,
        );
      } catch (error) {
        // Somebody else of this process was faster.
        const other = isTaken(error) ? await sound(copies, version) : undefined;
        if (other === undefined) throw error;
        refuseOther(other, stored);
      }
    },
    versions: async (view) => (await copiesOf(view)).stored(),
    async open(view, version) {
      const copies = await copiesOf(view);
      const stored = await copies.check(version);
      if (stored === undefined) throw new MarqueeError('VIEW_NOT_FOUND', { view, version });
      return { stored, find: (key) => find(copies, stored, key) };
    },
    async remove(view, version) {
      const copies = await copiesOf(view);
      if ((await copies.stored()).includes(version)) await copies.discard(version);
    },
  };
}

/** A folder that is there already cannot be renamed over. */
const isTaken = (error: unknown): boolean =>
  ['ENOTEMPTY', 'EEXIST'].includes(String((error as NodeJS.ErrnoException).code));
