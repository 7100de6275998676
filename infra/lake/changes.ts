/**
 * What was committed to a table between two of its snapshots, read from Iceberg's own metadata (the table spec's sections
 * on snapshots, manifest lists and manifests): which data files appends brought, and which hours of append time other
 * commits touched. Compaction changes nothing. Manifests are Avro files, which DuckDB reads.
 */
import { quoteText, type DuckDbConnection } from '../duckdb/connection.ts';
import type { ColumnSet } from '../duckdb/columns.ts';
import type { LakeTable } from './tables.ts';

export type TableChanges =
  | {
      readonly kind: 'known';
      /** SQL of a relation with all rows that appends brought; null where they brought none. */
      readonly appendedSql: string | null;
      /** Hours of append time, since the epoch, in which rows were taken away or put in by commits that are no appends. */
      readonly rewrittenHours: readonly number[];
    }
  | { readonly kind: 'unknown'; readonly reason: string };

/** What lays the same rows out in other files: compaction, by whichever engine (the spec's `snapshot summary`). */
const SAME_ROWS = 'replace';

interface Commit {
  readonly id: string;
  readonly sequence: number;
  readonly operation: string;
  readonly manifestList: string;
}

/** Both snapshots are of the table, `from` the older one; snapshots that have expired make the changes unknown. */
export async function readChanges(
  connection: DuckDbConnection,
  { table, reference }: { readonly table: LakeTable; readonly reference: string },
  from: string,
  to: string,
): Promise<TableChanges> {
  const commits = await commitsOf(connection, reference);
  const [first, last] = [from, to].map((id) => commits.find((commit) => commit.id === id));
  if (first === undefined || last === undefined)
    return { kind: 'unknown', reason: `snapshot ${first === undefined ? from : to} of ${table} has expired` };
  if (last.sequence < first.sequence)
    return { kind: 'unknown', reason: `snapshot ${to} of ${table} is older than ${from}` };
  const between = commits.filter(({ sequence }) => sequence > first.sequence && sequence <= last.sequence);
  // Each commit counts one up.
  if (between.length < last.sequence - first.sequence)
    return { kind: 'unknown', reason: `snapshots of ${table} between ${from} and ${to} have expired` };
  const files: string[] = [];
  const hours = new Set<number>();
  const changing = between.filter(({ operation }) => operation !== SAME_ROWS);
  const isLaidOutAnew = changing.length < between.length;
  for (const manifests of await manifestsOf(connection, changing, isLaidOutAnew ? undefined : last)) {
    if (manifests.paths.length === 0) continue;
    for (const file of await filesOf(connection, manifests.paths)) {
      if (file.hour === null) return { kind: 'unknown', reason: `${table} is not partitioned by the hour` };
      if (manifests.isAppend) files.push(file.path);
      else hours.add(file.hour);
    }
  }
  return {
    kind: 'known',
    appendedSql:
      files.length === 0 ? null : `read_parquet([${files.map(quoteText).join(', ')}], union_by_name = true)`,
    rewrittenHours: [...hours].sort((a, b) => a - b),
  };
}

async function commitsOf(connection: DuckDbConnection, reference: string): Promise<Commit[]> {
  const { rowCount, columns } = await connection.query(`
    SELECT CAST(snapshot_id AS VARCHAR) AS id, CAST(sequence_number AS BIGINT) AS sequence,
      CAST(operation AS VARCHAR) AS operation, manifest_list
    FROM iceberg_snapshots(${reference}) ORDER BY sequence_number`);
  return Array.from({ length: rowCount }, (_, row) => ({
    id: textAt(columns, 'id', row),
    sequence: Number(columns['sequence']?.values[row]),
    operation: textAt(columns, 'operation', row),
    manifestList: textAt(columns, 'manifest_list', row),
  }));
}

interface Manifests {
  readonly isAppend: boolean;
  readonly paths: readonly string[];
}

/**
 * The manifests that each commit added. The list of `last` names those of all appends, as long as nobody has merged them or laid
 * files out anew, which may leave some of a commit's; without it each commit's own list is read.
 */
async function manifestsOf(
  connection: DuckDbConnection,
  between: readonly Commit[],
  last: Commit | undefined,
): Promise<Manifests[]> {
  const ofLast =
    last === undefined ? new Map<string, string[]>() : await addedManifests(connection, last.manifestList);
  const found: Manifests[] = [];
  for (const { id, operation, manifestList } of between) {
    const isAppend = operation === 'append';
    const paths =
      (isAppend ? ofLast.get(id) : undefined) ?? (await addedManifests(connection, manifestList)).get(id);
    found.push({ isAppend, paths: paths ?? [] });
  }
  const appends = found.filter(({ isAppend }) => isAppend).flatMap(({ paths }) => paths);
  return [{ isAppend: true, paths: appends }, ...found.filter(({ isAppend }) => !isAppend)];
}

/** Paths of the manifests in a list, by the snapshot that added them. */
async function addedManifests(
  connection: DuckDbConnection,
  manifestList: string,
): Promise<Map<string, string[]>> {
  const { rowCount, columns } = await connection.query(`
    SELECT CAST(added_snapshot_id AS VARCHAR) AS id, manifest_path FROM read_avro(${quoteText(manifestList)})`);
  const bySnapshot = new Map<string, string[]>();
  for (let row = 0; row < rowCount; row++) {
    const id = textAt(columns, 'id', row);
    const paths = bySnapshot.get(id) ?? [];
    paths.push(textAt(columns, 'manifest_path', row));
    bySnapshot.set(id, paths);
  }
  return bySnapshot;
}

/** Files that the manifests add or take away, and the hour that each is of; those they only carry on are left out. */
async function filesOf(
  connection: DuckDbConnection,
  manifests: readonly string[],
): Promise<{ path: string; hour: number | null }[]> {
  const { rowCount, columns } = await connection.query(`
    SELECT data_file.file_path AS path,
      TRY_CAST(regexp_extract(CAST(data_file.partition AS VARCHAR), '^\\{''hour[^:]*: (-?\\d+)\\}$', 1) AS BIGINT) AS hour
    FROM read_avro([${manifests.map(quoteText).join(', ')}]) WHERE status <> 0`);
  return Array.from({ length: rowCount }, (_, row) => {
    const hours = columns['hour'] as { nulls?: Uint8Array } | undefined;
    const isNull = hours?.nulls?.[row] === 1;
    return {
      path: textAt(columns, 'path', row),
      hour: isNull ? null : Number(columns['hour']?.values[row]),
    };
  });
}

const textAt = (columns: ColumnSet['columns'], name: string, row: number): string =>
  String(columns[name]?.values[row]);
