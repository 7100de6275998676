/**
 * Writes every file of a table that names the profile anew, with the surrogate in its place, and puts the new files where
 * the old ones were in one commit. Rows of others are proven to be what they were. Done again, nothing is left to do.
 */
import { isUtf8 } from 'node:buffer';
import { erasedValue } from '../../domain/erasure/raw-value.ts';
import { MarqueeError } from '../../domain/errors.ts';
import type { ProfileId } from '../../domain/ids.ts';
import type { ColumnSet } from '../../infra/duckdb/columns.ts';
import { quoteName, quoteText, type DuckDbConnection } from '../../infra/duckdb/connection.ts';
import { CONTENT, type DataFile } from '../../infra/lake/catalog/manifests.ts';
import type { RestCatalog } from '../../infra/lake/catalog/rest-catalog.ts';
import {
  currentSchema,
  currentSnapshot,
  defaultSpec,
  type TableMetadata,
} from '../../infra/lake/catalog/table-metadata.ts';
import {
  bigintAt,
  copyToFile,
  describeFile,
  digestOf,
  fileRowsSql,
  newFilePath,
} from '../../infra/lake/care/data-file.ts';
import type { LakeFiles } from '../../infra/lake/care/lake-files.ts';
import { commitReplacements, type Replacement } from '../../infra/lake/care/replace-commit.ts';
import { sourceRows } from '../../infra/lake/care/source-rows.ts';
import { createManifestReader, isLive } from '../../infra/lake/care/table-state.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { RAW_TABLE, type LakeTable } from '../../infra/lake/tables.ts';
import { ownedSql, replacedColumns, type Erasing } from './owned-rows.ts';

export interface LakeRewriting {
  readonly lake: DuckDbLake;
  readonly catalog: RestCatalog;
  readonly files: LakeFiles;
  readonly namespace: string;
  /** Commits tried while others keep committing. */
  readonly attempts: number;
}

export interface RewrittenTable {
  readonly rows: number;
  readonly files: number;
}

/** Rounds of rewriting: others may change an hour's files while they are written anew. */
const MOST_ROUNDS = 5;

/** Throws LAKE_CONFLICT where others kept changing the same hours, INTERNAL where a new file does not say what it should. */
export async function rewriteTable(
  deps: LakeRewriting,
  table: LakeTable,
  erasing: Erasing,
  onFile: (done: number, of: number) => void = () => undefined,
): Promise<RewrittenTable> {
  let [rows, files] = [0, 0];
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const found = await rewriteOnce(deps, table, erasing, onFile);
    rows += found.rows;
    files += found.files;
    if (found.isDone) return { rows, files };
  }
  throw new MarqueeError('LAKE_CONFLICT', { table });
}

interface Round extends RewrittenTable {
  readonly isDone: boolean;
}

async function rewriteOnce(
  deps: LakeRewriting,
  table: LakeTable,
  erasing: Erasing,
  onFile: (done: number, of: number) => void,
): Promise<Round> {
  const { lake, catalog, files, namespace } = deps;
  const metadata = (await catalog.loadTable(namespace, table))?.metadata;
  const snapshot = metadata && currentSnapshot(metadata);
  if (metadata === undefined || snapshot === undefined) return { rows: 0, files: 0, isDone: true };
  const reference = lake.reference(table, snapshot['snapshot-id']);
  const touched = await touchedFiles(deps, reference, ownedSql(table, erasing));
  if (touched.size === 0) return { rows: 0, files: 0, isDone: true };
  const manifests = createManifestReader(files);
  const live = (await manifests.manifestsOf(snapshot)).flatMap(({ entries }) =>
    entries.filter(isLive).map(({ data_file }) => data_file),
  );
  const hourName = hourNameOf(metadata);
  // Such as another engine's deletes by value, which are of no hour.
  const hasOthersDeletes = live.some(
    ({ content, partition }) => content !== CONTENT.data && (partition[hourName] ?? null) === null,
  );
  const plans = planOf(live, new Set(touched.keys()), hourName);
  const total = plans.reduce((sum, plan) => sum + plan.removed.length, 0);
  let done = 0;
  const replacements: Replacement[] = [];
  for (const plan of plans) {
    const added: DataFile[] = [];
    for (const file of plan.removed) {
      const hasDeletes = hasOthersDeletes || plan.deletes.length > 0;
      const source = { table, reference, metadata, hourName, file, hasDeletes, erasing };
      const made = await lake.read((connection) => writeErased(connection, source));
      if (made !== null) added.push(made);
      onFile((done += 1), total);
    }
    replacements.push({ ...plan, added });
  }
  const { replaced, overtaken } = await commitReplacements(
    { catalog, files, manifests, attempts: deps.attempts, now: Date.now },
    { namespace, table },
    replacements,
    hourName,
  );
  for (const { added } of overtaken) for (const { file_path } of added) await files.delete(file_path);
  const rows = replaced
    .flatMap(({ removed }) => removed)
    .reduce((sum, { file_path }) => sum + (touched.get(file_path) ?? 0), 0);
  return { rows, files: replaced.flatMap(({ removed }) => removed).length, isDone: overtaken.length === 0 };
}

/** How many rows of the profile each file has, by its path. */
async function touchedFiles(
  { lake }: LakeRewriting,
  reference: string,
  owned: string,
): Promise<ReadonlyMap<string, number>> {
  const found = await lake.read((connection) =>
    connection.query(
      `SELECT filename, CAST(count(*) AS INTEGER) AS rows FROM ${reference} WHERE ${owned} GROUP BY ALL ORDER BY ALL`,
    ),
  );
  return new Map(
    Array.from({ length: found.rowCount }, (_, row) => [
      String(found.columns['filename']!.values[row]),
      Number(found.columns['rows']!.values[row]),
    ]),
  );
}

/** Where an hour has deletes, all of its files are made anew, so that the deletes are needed no more. */
function planOf(live: readonly DataFile[], touched: ReadonlySet<string>, hourName: string): Replacement[] {
  const byHour = Map.groupBy(live, ({ partition }) => partition[hourName] ?? null);
  const plans: Replacement[] = [];
  for (const [hour, ofHour] of byHour) {
    const data = ofHour.filter(({ content }) => content === CONTENT.data);
    if (hour === null || !data.some(({ file_path }) => touched.has(file_path))) continue;
    const deletes = ofHour.filter(({ content }) => content !== CONTENT.data);
    const removed = deletes.length > 0 ? data : data.filter(({ file_path }) => touched.has(file_path));
    plans.push({ hour, removed, deletes, added: [] });
  }
  return plans.sort((a, b) => a.hour - b.hour);
}

function hourNameOf(metadata: TableMetadata): string {
  const name = defaultSpec(metadata)?.fields[0]?.name;
  if (name === undefined) throw new MarqueeError('INTERNAL', { reason: 'a table has no partitions' });
  return name;
}

interface Source {
  readonly table: LakeTable;
  readonly reference: string;
  readonly metadata: TableMetadata;
  readonly hourName: string;
  readonly file: DataFile;
  readonly hasDeletes: boolean;
  readonly erasing: Erasing;
}

/** Null where every row of the file was deleted. */
async function writeErased(connection: DuckDbConnection, source: Source): Promise<DataFile | null> {
  const { table, metadata, hourName, file, erasing } = source;
  const schema = currentSchema(metadata);
  if (schema === undefined) throw new MarqueeError('INTERNAL', { reason: `${table} has no schema` });
  const names = schema.fields.map(({ name }) => quoteName(name)).join(', ');
  const owned = ownedSql(table, erasing);
  const hour = file.partition[hourName]!;
  const all = await sourceRows(connection, { ...source, schema, hour, files: [file] });
  const rows = `(SELECT *, ${owned} AS __owned FROM ${all})`;
  const before = await digestOf(connection, `(SELECT ${names} FROM ${rows} WHERE NOT __owned)`);
  const ownedBefore = await countOf(connection, `${rows} WHERE __owned`);
  if (before.rows + ownedBefore === 0n) return null;
  const place = { location: metadata.location, hourName, hour };
  const path = newFilePath(place, 'erased');
  await withRawValues(connection, source, rows, (from, replaced) => {
    const selected = schema.fields.map(({ name }) => {
      const sql = replaced.get(name);
      return sql === undefined
        ? quoteName(name)
        : `CASE WHEN __owned THEN ${sql} ELSE ${quoteName(name)} END AS ${quoteName(name)}`;
    });
    return copyToFile(connection, path, `SELECT ${selected.join(', ')} FROM ${from}`, schema);
  });
  const made = fileRowsSql(path, schema);
  const isTheirs =
    table === RAW_TABLE
      ? notOfRaw(erasing.tombstone.surrogate)
      : `profile_id IS DISTINCT FROM ${quoteText(erasing.tombstone.surrogate)}`;
  const after = await digestOf(connection, `(SELECT ${names} FROM ${made} WHERE ${isTheirs})`);
  const written = await countOf(connection, made);
  if (after.digest !== before.digest || written !== before.rows + ownedBefore) {
    const reason = `${path} has ${written} rows, ${after.rows} of others of digest ${after.digest}; expected ${before.rows} of ${before.digest}`;
    throw new MarqueeError('INTERNAL', { reason });
  }
  return describeFile(connection, path, place, schema, written);
}

const notOfRaw = (surrogate: ProfileId): string =>
  `"key" IS DISTINCT FROM ${quoteText(surrogate)}::VARCHAR::BLOB`;

/** Raw values are made anew by the rule that reads them; columns of other tables in SQL. */
async function withRawValues<T>(
  connection: DuckDbConnection,
  { table, erasing }: Source,
  rows: string,
  work: (from: string, replaced: ReadonlyMap<string, string>) => Promise<T>,
): Promise<T> {
  if (table !== RAW_TABLE) return work(rows, replacedColumns(table, erasing));
  const { profileId, tombstone } = erasing;
  const found = await connection.query(
    `SELECT generation, CAST("partition" AS DOUBLE) AS "partition", CAST("offset" AS DOUBLE) AS "offset", value FROM ${rows} WHERE __owned`,
  );
  const values = (found.columns['value'] as { values: readonly (Uint8Array | null)[] }).values;
  await connection.stage(
    'erased_values',
    {
      at_generation: { kind: 'text', values: textsOf(found, 'generation') },
      at_partition: { kind: 'number', values: numbersOf(found, 'partition') },
      at_offset: { kind: 'number', values: numbersOf(found, 'offset') },
      erased_value: {
        kind: 'blob',
        values: values.map((value) => value && erasedBytes(value, profileId, tombstone.surrogate)),
      },
    },
    found.rowCount,
  );
  const from = `(SELECT rows.*, erased_value FROM ${rows} AS rows LEFT JOIN erased_values
    ON at_generation = generation AND at_partition = "partition" AND at_offset = "offset")`;
  const key = `${quoteText(tombstone.surrogate)}::VARCHAR::BLOB`;
  return work(
    from,
    new Map([
      ['key', key],
      ['value', 'erased_value'],
    ]),
  );
}

/** What is no text is kept byte for byte: Latin-1 leads there and back. */
function erasedBytes(value: Uint8Array, profileId: ProfileId, surrogate: ProfileId): Uint8Array {
  const bytes = Buffer.from(value);
  const encoding = isUtf8(bytes) ? 'utf8' : 'latin1';
  return Buffer.from(erasedValue(bytes.toString(encoding), profileId, surrogate), encoding);
}

const textsOf = ({ columns, rowCount }: ColumnSet, name: string): string[] =>
  Array.from({ length: rowCount }, (_, row) => String(columns[name]!.values[row]));
const numbersOf = ({ columns, rowCount }: ColumnSet, name: string): number[] =>
  Array.from({ length: rowCount }, (_, row) => Number(columns[name]!.values[row]));

async function countOf(connection: DuckDbConnection, from: string): Promise<bigint> {
  return bigintAt(await connection.query(`SELECT count(*) AS rows FROM ${from}`), 'rows');
}
