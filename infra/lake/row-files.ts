/**
 * Which files of a snapshot hold the rows of some hours of append time, by Iceberg's metadata alone (the table spec,
 * "Manifest Lists", "Manifests"). Metadata files never change: each is read once by a process that goes on, and what a
 * refresh asks of a table does not grow with the table.
 */
import { LRUCache } from 'lru-cache';
import { HOUR_MS, type EpochMs } from '../../domain/time.ts';
import type { LakeFiles } from './care/lake-files.ts';
import { fewAtOnce, isLive } from './care/table-state.ts';
import { CONTENT, readManifest, readManifestList, type ManifestFile } from './catalog/manifests.ts';
import type { RestCatalog } from './catalog/rest-catalog.ts';
import { schemaOf, type TableMetadata, type TableSchema } from './catalog/table-metadata.ts';
import { parquetSql } from './parquet-sql.ts';
import { TABLE_COLUMNS, type LakeTable } from './tables.ts';

/** Append times [fromMs, toMs), milliseconds; without an end as far as there are rows. */
export interface AppendWindow {
  readonly fromMs: EpochMs;
  readonly toMs?: EpochMs | undefined;
}

export interface RowFiles {
  /**
   * SQL of a relation that has all rows of the window, and of the hours that it begins and ends in. Undefined where the
   * files do not say it by themselves: rows of them were deleted, they are of no hour, or there are too many to name.
   */
  sql(table: LakeTable, snapshotId: string, window: AppendWindow): Promise<string | undefined>;
  /** Rows by hour of append time, since the epoch; undefined where files do not say. */
  rowsByHour(table: LakeTable, snapshotId: string): Promise<ReadonlyMap<number, number> | undefined>;
  /** The newest hour of append time, since the epoch, that has rows; undefined where files do not say. */
  newestHour(table: LakeTable, snapshotId: string): Promise<number | undefined>;
}

/**
 * More files than this are left to the table's name: DuckDB asks the store of each that it is given by itself for its
 * size, which Iceberg's metadata would have told it.
 */
const MOST_FILES = 256;
/** Manifests that name more, of whatever hours, are not read. */
const MOST_NAMED = 16 * MOST_FILES;
/** Files whose hour and path are kept, some 200 bytes each. */
const FILES_KEPT = 200_000;
const LISTS_KEPT = 16;

interface Snapshot {
  readonly manifestList: string;
  readonly schema: TableSchema | undefined;
  /** Name of the one field that each spec has, the hour; specs of others are left out. */
  readonly hours: ReadonlyMap<number, string>;
}

interface HourFile {
  readonly path: string;
  readonly hour: number | null;
  readonly rows: number;
}

export function createRowFiles(deps: {
  readonly catalog: Pick<RestCatalog, 'loadTable'>;
  readonly files: Pick<LakeFiles, 'get'>;
  readonly namespace: string;
}): RowFiles {
  const { catalog, files, namespace } = deps;
  const snapshots = new LRUCache<string, Snapshot>({ max: LISTS_KEPT });
  const lists = new LRUCache<string, readonly ManifestFile[]>({ max: LISTS_KEPT });
  const manifests = new LRUCache<string, readonly HourFile[]>({
    maxSize: FILES_KEPT,
    sizeCalculation: (found) => found.length + 1,
  });

  async function snapshotOf(table: LakeTable, snapshotId: string): Promise<Snapshot | undefined> {
    const key = `${table} ${snapshotId}`;
    const known = snapshots.get(key);
    if (known !== undefined) return known;
    const loaded = await catalog.loadTable(namespace, table);
    const found = loaded?.metadata.snapshots.find((one) => one['snapshot-id'] === snapshotId);
    // What lies elsewhere is left to DuckDB.
    if (loaded === undefined || found === undefined || !/^s3a?:/.test(found['manifest-list']))
      return undefined;
    const snapshot = {
      manifestList: found['manifest-list'],
      schema: schemaOf(loaded.metadata, found),
      hours: hourNames(loaded.metadata),
    };
    snapshots.set(key, snapshot);
    return snapshot;
  }

  async function manifestsOf({ manifestList: path }: Snapshot): Promise<readonly ManifestFile[]> {
    const list = lists.get(path) ?? readManifestList(await files.get(path), path);
    lists.set(path, list);
    return list;
  }

  async function filesOf(manifest: ManifestFile, hourName: string): Promise<readonly HourFile[]> {
    const path = manifest.manifest_path;
    const known = manifests.get(path);
    if (known !== undefined) return known;
    const found = readManifest(await files.get(path), manifest)
      .filter(isLive)
      .map(({ data_file: { file_path, partition, record_count } }) => ({
        path: file_path,
        hour: partition[hourName] ?? null,
        rows: Number(record_count),
      }));
    manifests.set(path, found);
    return found;
  }

  /** Files of hours [fromHour, toHour); undefined where metadata does not say. */
  async function filesIn(
    snapshot: Snapshot,
    fromHour: number,
    toHour: number,
  ): Promise<HourFile[] | undefined> {
    const near = (await manifestsOf(snapshot)).filter((manifest) => mayHold(manifest, fromHour, toHour));
    if (near.reduce((sum, manifest) => sum + filesNamed(manifest), 0) > MOST_NAMED) return undefined;
    if (
      near.some(
        ({ content, partition_spec_id: spec }) => content !== CONTENT.data || !snapshot.hours.has(spec),
      )
    )
      return undefined;
    const found = await fewAtOnce(near, (manifest) =>
      filesOf(manifest, snapshot.hours.get(manifest.partition_spec_id)!),
    );
    const all = found.flat();
    if (all.some(({ hour }) => hour === null)) return undefined;
    return all.filter(({ hour }) => hour! >= fromHour && hour! < toHour);
  }

  return {
    async sql(table, snapshotId, { fromMs, toMs = Infinity }) {
      const snapshot = await snapshotOf(table, snapshotId);
      if (snapshot?.schema === undefined) return undefined;
      const found = await filesIn(snapshot, Math.floor(fromMs / HOUR_MS), Math.ceil(toMs / HOUR_MS));
      if (found === undefined || found.length > MOST_FILES) return undefined;
      if (found.length === 0) return emptySql(table);
      const paths = found.map(({ path }) => path);
      return parquetSql(table, snapshot.schema, paths);
    },
    async rowsByHour(table, snapshotId) {
      const snapshot = await snapshotOf(table, snapshotId);
      const found = snapshot && (await filesIn(snapshot, -Infinity, Infinity));
      if (found === undefined) return undefined;
      const rows = new Map<number, number>();
      for (const file of found) rows.set(file.hour!, (rows.get(file.hour!) ?? 0) + file.rows);
      return rows;
    },
    async newestHour(table, snapshotId) {
      const snapshot = await snapshotOf(table, snapshotId);
      if (snapshot === undefined) return undefined;
      const ends = (await manifestsOf(snapshot)).map((manifest) => hoursOf(manifest)?.[1]);
      const known = ends.filter((end) => end !== undefined);
      return known.length < ends.length || known.length === 0 ? undefined : Math.max(...known);
    },
  };
}

function hourNames(metadata: TableMetadata): Map<number, string> {
  const names = new Map<number, string>();
  for (const { 'spec-id': id, fields } of metadata['partition-specs'])
    if (fields.length === 1 && fields[0]!.transform === 'hour') names.set(id, fields[0]!.name);
  return names;
}

/** First and last hour of a manifest's files; undefined where its list does not say. */
function hoursOf({ partitions }: ManifestFile): readonly [number, number] | undefined {
  const hour = partitions?.length === 1 ? partitions[0]! : undefined;
  if (hour?.lower_bound?.length !== 4 || hour.upper_bound?.length !== 4 || hour.contains_null)
    return undefined;
  return [hour.lower_bound.readInt32LE(), hour.upper_bound.readInt32LE()];
}

const filesNamed = ({ added_files_count: added, existing_files_count: existing }: ManifestFile): number =>
  added + existing;

function mayHold(manifest: ManifestFile, fromHour: number, toHour: number): boolean {
  if (filesNamed(manifest) === 0) return false;
  const hours = hoursOf(manifest);
  return hours === undefined || (hours[1] >= fromHour && hours[0] < toHour);
}

const emptySql = (table: LakeTable): string =>
  `(SELECT ${TABLE_COLUMNS[table].map(({ name, type }) => `CAST(NULL AS ${type}) AS "${name}"`).join(', ')} WHERE false)`;
