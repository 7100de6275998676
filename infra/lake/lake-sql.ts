import { quoteName, quoteText } from '../duckdb/connection.ts';
import { risingColumn, TABLE_COLUMNS, type LakeTable } from './tables.ts';

/** The catalog's name inside DuckDB. */
export const CATALOG = 'lake';

/** `"lake"."eu"."plays"`, or that table as of a snapshot. */
export function tableReference(namespace: string, table: LakeTable, snapshotId?: string): string {
  const name = `${CATALOG}.${quoteName(namespace)}.${quoteName(table)}`;
  return snapshotId === undefined ? name : `${name} AT (VERSION => ${BigInt(snapshotId)})`;
}

export function createTableSql(namespace: string, table: LakeTable): string {
  const columns = TABLE_COLUMNS[table].map((column) => `${quoteName(column.name)} ${column.type}`);
  return `CREATE TABLE IF NOT EXISTS ${tableReference(namespace, table)} (${columns.join(', ')})
    PARTITIONED BY (hour(append_time))`;
}

/** Answers column_name for every column that the table has. */
export const columnsSql = (namespace: string, table: LakeTable): string =>
  `SELECT column_name FROM (DESCRIBE ${tableReference(namespace, table)})`;

/** For columns of ours that a table made by earlier code lacks: they are null in its rows. */
export function addColumnsSql(namespace: string, table: LakeTable, has: ReadonlySet<string>): string[] {
  return TABLE_COLUMNS[table]
    .filter(({ name }) => !has.has(name))
    .map(
      ({ name, type }) =>
        `ALTER TABLE ${tableReference(namespace, table)} ADD COLUMN IF NOT EXISTS ${quoteName(name)} ${type}`,
    );
}

/**
 * Highest offset and raw offset of each partition among rows from offset `$floor` and append time `$since` (ms) on, which
 * let the reader leave out files.
 */
export function positionsSql(reference: string, table: LakeTable): string {
  return `SELECT generation, "partition", max("offset") AS "offset", max(${quoteName(risingColumn(table))}) AS raw_offset
    FROM ${reference} WHERE "offset" >= $floor AND append_time >= epoch_ms($since) GROUP BY ALL ORDER BY ALL`;
}

export function snapshotsSql(namespace: string, table: LakeTable): string {
  return `SELECT CAST(snapshot_id AS VARCHAR) AS id, CAST(sequence_number AS BIGINT) AS sequence,
      epoch_ms(timestamp_ms) AS time_ms, operation
    FROM iceberg_snapshots(${tableReference(namespace, table)}) ORDER BY sequence_number`;
}

export interface LakeAccess {
  /** Address of the Iceberg REST catalog. */
  readonly catalogUri: string;
  readonly warehouse: string;
  /** `oauth2`: client credentials at `<catalogUri>/v1/oauth/tokens`, with the keys below. */
  readonly auth: 'oauth2' | 'none';
  readonly s3: {
    readonly endpoint: string;
    readonly region: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  /** How long one request to catalog or object store may take. Default 30 s. */
  readonly requestTimeoutMs?: number;
}

/** Statements that give one DuckDB instance its access to catalog and object store. */
export function attachSql({ catalogUri, warehouse, auth, s3, requestTimeoutMs }: LakeAccess): string[] {
  const endpoint = new URL(s3.endpoint);
  const uri = catalogUri.replace(/\/$/, '');
  const oauth2 = auth === 'oauth2';
  // DuckDB opens a path with a remote scheme read-only, and the catalog knows its warehouse by the bare name as well.
  const name = warehouse.replace(/^s3:\/\//, '');
  return [
    `SET GLOBAL http_timeout = ${Math.ceil((requestTimeoutMs ?? 30_000) / 1000)}`,
    // 0.1 s, doubled eight times: rides out the restart of a store, which the extension does not survive otherwise.
    'SET GLOBAL http_retries = 8',
    'SET GLOBAL http_retry_wait_ms = 100',
    'SET GLOBAL http_retry_backoff = 2',
    `CREATE OR REPLACE SECRET lake_store (TYPE s3, KEY_ID ${quoteText(s3.accessKeyId)},
      SECRET ${quoteText(s3.secretAccessKey)}, ENDPOINT ${quoteText(endpoint.host)}, URL_STYLE 'path',
      USE_SSL ${endpoint.protocol === 'https:'}, REGION ${quoteText(s3.region)})`,
    ...(oauth2
      ? [
          `CREATE OR REPLACE SECRET lake_catalog (TYPE iceberg, CLIENT_ID ${quoteText(s3.accessKeyId)},
            CLIENT_SECRET ${quoteText(s3.secretAccessKey)}, OAUTH2_SERVER_URI ${quoteText(`${uri}/v1/oauth/tokens`)})`,
        ]
      : []),
    `ATTACH IF NOT EXISTS ${quoteText(name)} AS ${CATALOG} (TYPE iceberg, ENDPOINT ${quoteText(uri)},
      ${oauth2 ? 'SECRET lake_catalog' : "AUTHORIZATION_TYPE 'none'"})`,
  ];
}
