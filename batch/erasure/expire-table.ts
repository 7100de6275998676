/**
 * Takes from a table the snapshots that still hold the profile, tagged ones too, and then every file in its folder that
 * nothing names any more and that holds the profile. What is found says what is to be done, so it may be done again after
 * a crash at any point.
 */
import { MarqueeError } from '../../domain/errors.ts';
import { readContainer } from '../../infra/avro/object-container.ts';
import { quoteName, quoteText } from '../../infra/duckdb/connection.ts';
import { removeSnapshots, removeTag } from '../../infra/lake/catalog/commits.ts';
import { currentSnapshot, MAIN, type TableMetadata } from '../../infra/lake/catalog/table-metadata.ts';
import {
  createManifestReader,
  fewAtOnce,
  isLive,
  type ManifestReader,
} from '../../infra/lake/care/table-state.ts';
import { TABLE_COLUMNS, type LakeTable } from '../../infra/lake/tables.ts';
import { ownedSql, type Erasing } from './owned-rows.ts';
import type { LakeRewriting } from './rewrite-table.ts';

export interface ExpiredTable {
  readonly snapshots: number;
  readonly files: number;
}

/** Files that one statement reads. */
const FILES_AT_ONCE = 500;

/** Throws LAKE_CONFLICT where the table moved meanwhile, LAKE_UNAVAILABLE; INTERNAL where what readers see holds the profile. */
export async function expireTable(
  deps: LakeRewriting,
  table: LakeTable,
  erasing: Erasing,
  onStep: (step: string) => void = () => undefined,
): Promise<ExpiredTable> {
  const { catalog, files, namespace } = deps;
  const metadata = (await catalog.loadTable(namespace, table))?.metadata;
  const current = metadata && currentSnapshot(metadata);
  if (metadata === undefined || current === undefined) return { snapshots: 0, files: 0 };
  const manifests = createManifestReader(files);
  const folder = metadata.location.replace(/\/$/, '');
  const listed = (await files.list(`${folder}/`)).map(({ path }) => path);
  const parquet = listed.filter((path) => path.endsWith('.parquet'));
  const bad = new Set(await filesWith(deps, table, erasing, parquet, onStep));
  const named = await fewAtOnce(metadata.snapshots, async (snapshot) => ({
    snapshot,
    data: await dataFilesOf(manifests, snapshot),
  }));
  const holding = named
    .filter(({ data }) => data.some((path) => bad.has(path)))
    .map(({ snapshot }) => snapshot);
  const ids = holding.map((snapshot) => snapshot['snapshot-id']);
  if (ids.includes(current['snapshot-id']))
    throw new MarqueeError('INTERNAL', { reason: `${table} still holds a profile that was taken out of it` });
  if (ids.length > 0) await remove(deps, table, metadata, ids);
  const kept = named.filter(({ snapshot }) => !ids.includes(snapshot['snapshot-id']));
  const keptPaths = new Set(kept.flatMap(({ data }) => data));
  for (const { snapshot } of kept) {
    keptPaths.add(snapshot['manifest-list']);
    for (const { file } of await manifests.manifestsOf(snapshot)) keptPaths.add(file.manifest_path);
  }
  const gone = [...bad].filter((path) => !keptPaths.has(path));
  const avro = listed.filter((path) => path.endsWith('.avro') && !keptPaths.has(path));
  const naming = await fewAtOnce(avro, async (path) =>
    (await holdsBound(deps, path, erasing.profileId)) ? [path] : [],
  );
  for (const path of [...gone, ...naming.flat()]) {
    onStep(path.slice(folder.length + 1));
    await files.delete(path);
  }
  return { snapshots: ids.length, files: gone.length + naming.flat().length };
}

/** Of the Parquet files, those with rows that the erasure reaches; a file that goes meanwhile is asked for once more. */
export async function filesWith(
  { lake }: Pick<LakeRewriting, 'lake'>,
  table: LakeTable,
  erasing: Erasing,
  paths: readonly string[],
  onStep: (step: string) => void,
): Promise<string[]> {
  const found: string[] = [];
  // Files that were written before a column was added lack it.
  const columns = TABLE_COLUMNS[table]
    .map(({ name, type }) => `NULL::${type} AS ${quoteName(name)}`)
    .join(', ');
  for (let from = 0; from < paths.length; from += FILES_AT_ONCE) {
    const some = paths
      .slice(from, from + FILES_AT_ONCE)
      .map(quoteText)
      .join(', ');
    const rows = await lake.read((connection) =>
      connection.query(`SELECT DISTINCT filename FROM (
        SELECT * FROM (SELECT ${columns}, '' AS filename) WHERE false
        UNION ALL BY NAME SELECT * FROM read_parquet([${some}], union_by_name = true, filename = true,
          hive_partitioning = false)) WHERE ${ownedSql(table, erasing)}`),
    );
    for (let row = 0; row < rows.rowCount; row += 1)
      found.push(String(rows.columns['filename']!.values[row]));
    onStep(`${table}: ${Math.min(paths.length, from + FILES_AT_ONCE)} of ${paths.length} files`);
  }
  return found;
}

async function dataFilesOf(
  manifests: ManifestReader,
  snapshot: TableMetadata['snapshots'][number],
): Promise<string[]> {
  return (await manifests.manifestsOf(snapshot)).flatMap(({ entries }) =>
    entries.filter(isLive).map(({ data_file }) => data_file.file_path),
  );
}

async function remove(
  { catalog, namespace }: LakeRewriting,
  table: LakeTable,
  metadata: TableMetadata,
  ids: readonly string[],
): Promise<void> {
  const tags = Object.entries(metadata.refs).filter(
    ([name, ref]) => name !== MAIN && ids.includes(ref['snapshot-id']),
  );
  await catalog.commit(namespace, table, {
    requirements: [{ type: 'assert-table-uuid', uuid: metadata['table-uuid'] }],
    updates: [...tags.map(([name]) => removeTag(name)), removeSnapshots(ids)],
  });
}

/** Bounds of texts may be cut to so many characters. */
const BOUND_BYTES = 16;

/** Whether a manifest names the profile among the bounds of a file's columns. */
export async function holdsBound(
  { files }: Pick<LakeRewriting, 'files'>,
  path: string,
  profileId: string,
): Promise<boolean> {
  const wanted = Buffer.from(profileId).subarray(0, BOUND_BYTES);
  const holds = (value: unknown): boolean => {
    if (Buffer.isBuffer(value)) return value.subarray(0, BOUND_BYTES).equals(wanted);
    if (Array.isArray(value)) return value.some(holds);
    return typeof value === 'object' && value !== null && Object.values(value).some(holds);
  };
  const bytes = await files.get(path);
  return readContainer(bytes, path).records.some(holds);
}
