/** The care of the lake's tables: what they are made of, tags, expiry, compaction, orphans. */
import type { EpochMs } from '../../../domain/time.ts';
import { currentSnapshot } from '../catalog/table-metadata.ts';
import { LAKE_TABLES, type LakeTable } from '../tables.ts';
import { compactTable, type CompactDeps, type Compacted, type CompactOptions } from './compact.ts';
import { expireSnapshots, type Expiry } from './expiry.ts';
import type { KeptVersion, ReadKeptVersions } from './inputs.ts';
import { removeOrphans, type OrphanNotes, type Orphans } from './orphans.ts';
import { describeTable, type TableStatistics } from './statistics.ts';
import { syncTags, tagVersion, type Tagged } from './tags.ts';
import { createManifestReader } from './table-state.ts';

export interface LakeCareDeps extends Omit<CompactDeps, 'manifests'> {
  readonly keptVersions: ReadKeptVersions;
  readonly notes: OrphanNotes;
  readonly snapshotKeepMs: number;
  readonly orphanAgeMs: number;
}

export interface SomeTables {
  /** All where nothing else is said. */
  readonly tables?: readonly LakeTable[] | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface OrphanOptions {
  readonly table: LakeTable;
  readonly asOf: EpochMs;
  readonly dryRun?: boolean | undefined;
  /** Called before each file is removed; throws to end the work. */
  readonly onFile?: ((path: string) => void) | undefined;
}

/**
 * Every verb may be repeated after a crash at any point and comes to the same end. All may throw LAKE_UNAVAILABLE,
 * OBJECT_STORE_UNAVAILABLE, and LAKE_CONFLICT where others kept committing.
 */
export interface LakeCare {
  /** Tables that are not there are left out. */
  stats(options?: Pick<SomeTables, 'tables'>): Promise<TableStatistics[]>;
  tags(options?: SomeTables): Promise<Tagged[]>;
  /** Before a version is announced: answers with the tables that have lost its snapshot, which hinders nothing. */
  tagVersion(version: KeptVersion): Promise<readonly LakeTable[]>;
  expire(options: SomeTables & { readonly asOf: EpochMs }): Promise<Expiry[]>;
  compact(options: CompactOptions): Promise<Compacted>;
  orphans(options: OrphanOptions): Promise<Orphans>;
}

export function createLakeCare(deps: LakeCareDeps): LakeCare {
  const { catalog, namespace, files, attempts } = deps;
  const named = { catalog, namespace, attempts };
  // Manifests never change, but there is no end of them: each call remembers its own.
  const manifests = () => createManifestReader(files);

  async function statsOf(table: LakeTable): Promise<TableStatistics | undefined> {
    const loaded = await catalog.loadTable(namespace, table);
    if (loaded === undefined) return undefined;
    const current = currentSnapshot(loaded.metadata);
    const read = current === undefined ? [] : await manifests().manifestsOf(current);
    const { rules, sealAfterMs } = deps;
    return describeTable(table, loaded.metadata, read, { rules, sealAfterMs, asOf: deps.now() });
  }

  return {
    stats: async ({ tables = LAKE_TABLES } = {}) =>
      (await each(tables, statsOf)).filter((one) => one !== undefined),
    async tags({ tables = LAKE_TABLES, dryRun = false } = {}) {
      const versions = await deps.keptVersions();
      return each(tables, (table) => syncTags(named, table, versions, dryRun));
    },
    tagVersion: (version) => tagVersion(named, version),
    async expire({ tables = LAKE_TABLES, asOf, dryRun = false }) {
      const versions = await deps.keptVersions();
      const rules = { keepMs: deps.snapshotKeepMs, asOf, dryRun };
      return each(tables, (table) => expireSnapshots(named, table, versions, rules));
    },
    compact: (options) => compactTable({ ...deps, manifests: manifests() }, options),
    orphans: ({ table, asOf, dryRun = false, onFile }) =>
      removeOrphans({ ...deps, manifests: manifests(), ageMs: deps.orphanAgeMs }, table, {
        asOf,
        dryRun,
        onFile,
      }),
  };
}

/** One after the other: the catalog has others to answer. */
async function each<R>(tables: readonly LakeTable[], work: (table: LakeTable) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const table of tables) results.push(await work(table));
  return results;
}
