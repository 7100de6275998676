/** Looks for a profile in the files of the lake themselves: all Parquet files of a table's folder, named or not, and all manifests. */
import type { ErasureFinding } from '../../domain/erasure/report.ts';
import { isDistinctive } from '../../domain/erasure/distinctive.ts';
import { hashProfile } from '../../domain/hash.ts';
import { quoteName, quoteText } from '../../infra/duckdb/connection.ts';
import { TABLE_COLUMNS, type LakeTable } from '../../infra/lake/tables.ts';
import { holdsBound } from './expire-table.ts';
import { namesSql, reachedSql, type Erasing } from './owned-rows.ts';
import type { LakeRewriting } from './rewrite-table.ts';
import { holdsSql } from './shapes.ts';

export interface TableAudit {
  /** Rows that were read. */
  readonly rows: number;
  readonly files: number;
  /** Rows of the profile after the position: it has returned. */
  readonly returned: number;
  readonly findings: readonly ErasureFinding[];
}

const FILES_AT_ONCE = 500;

export async function auditTable(
  deps: LakeRewriting,
  table: LakeTable,
  erasing: Erasing,
  onStep: (step: string) => void = () => undefined,
): Promise<TableAudit> {
  const { lake, catalog, files, namespace } = deps;
  const location = (await catalog.loadTable(namespace, table))?.metadata.location;
  if (location === undefined) return { rows: 0, files: 0, returned: 0, findings: [] };
  const listed = (await files.list(`${location.replace(/\/$/, '')}/`)).map(({ path }) => path);
  // Files of deletes have positions, and no columns of the table.
  const parquet = listed.filter(
    (path) => path.endsWith('.parquet') && !/delete/.test(path.slice(path.lastIndexOf('/'))),
  );
  let [rows, found, returned] = [0, 0, 0];
  const columns = TABLE_COLUMNS[table]
    .map(({ name, type }) => `NULL::${type} AS ${quoteName(name)}`)
    .join(', ');
  for (let from = 0; from < parquet.length; from += FILES_AT_ONCE) {
    const some = parquet
      .slice(from, from + FILES_AT_ONCE)
      .map(quoteText)
      .join(', ');
    const counted = await lake.read((connection) =>
      connection.query(`SELECT CAST(count(*) AS DOUBLE) AS rows,
          CAST(count(*) FILTER (WHERE names AND reached) AS DOUBLE) AS found,
          CAST(count(*) FILTER (WHERE names AND NOT reached) AS DOUBLE) AS returned
        FROM (SELECT coalesce(${anySql(table, erasing.profileId)}, false) AS names,
            coalesce(${reachedSql(table, erasing)}, false) AS reached
          FROM (SELECT * FROM (SELECT ${columns}) WHERE false
            UNION ALL BY NAME SELECT * FROM read_parquet([${some}], union_by_name = true, hive_partitioning = false)))`),
    );
    const at = (name: string): number => Number(counted.columns[name]!.values[0]);
    rows += at('rows');
    found += at('found');
    returned += at('returned');
    onStep(`lake/${table}: ${Math.min(parquet.length, from + FILES_AT_ONCE)} of ${parquet.length} files`);
  }
  const findings: ErasureFinding[] = found > 0 ? [{ place: `lake/${table}`, found, as: 'id' }] : [];
  // Bounds are those of a returning member where there are rows of one.
  const avro = returned > 0 ? [] : listed.filter((path) => path.endsWith('.avro'));
  let bounds = 0;
  for (const path of avro) if (await holdsBound(deps, path, erasing.profileId)) bounds += 1;
  if (bounds > 0) findings.push({ place: `lake/${table}/metadata`, found: bounds, as: 'bound' });
  return { rows, files: parquet.length + avro.length, returned, findings };
}

/** Whether any column of a row says the id, or its hash; where the id could be another word, the columns that name profiles. */
function anySql(table: LakeTable, profileId: string): string {
  const tests = [namesSql(table, profileId)];
  for (const { name, type } of TABLE_COLUMNS[table]) {
    if (name === 'profile_hash') tests.push(`profile_hash = ${hashProfile(profileId)}`);
    if (name === 'upsert_key')
      tests.push(`starts_with(upsert_key, ${quoteText(`${profileId.length}/${profileId}/`)})`);
    if (type === 'VARCHAR' && isDistinctive(profileId)) tests.push(holdsSql(quoteName(name), profileId));
  }
  return tests.map((test) => `coalesce(${test}, false)`).join(' OR ');
}
