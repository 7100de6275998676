import type { ColumnSet } from '../duckdb/columns.ts';
import { quoteName, type DuckDbConnection } from '../duckdb/connection.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';
import type { MarqueeError } from '../../domain/errors.ts';
import { DAY_MS, HOUR_MS, type EpochMs } from '../../domain/time.ts';
import {
  addColumnsSql,
  attachSql,
  CATALOG,
  columnsSql,
  createTableSql,
  positionsSql,
  snapshotsSql,
  tableReference,
  type LakeAccess,
} from './lake-sql.ts';
import { readChanges, type TableChanges } from './changes.ts';
import { planAppend } from './plan-append.ts';
import type { Lake, LakePosition, PartitionRows } from './port.ts';
import { assertReachable } from './reachable.ts';
import { withLakeRetries, type RetryOptions } from './retry.ts';
import type { AppendWindow, RowFiles } from './row-files.ts';
import { insertPlans } from './insert.ts';
import { LAKE_TABLES, type LakeTable } from './tables.ts';

/** How far back from the table's newest hour positions are looked for, before the whole table is read. */
const POSITION_WINDOWS_MS = [HOUR_MS, DAY_MS, 8 * DAY_MS];

export interface LakeOptions extends LakeAccess {
  /** An instance with LAKE_EXTENSIONS loaded; one lake an instance. */
  readonly duckdb: DuckDb;
  /** Iceberg namespace of the region's tables. */
  readonly namespace: string;
  readonly region: string;
  /** Says which files hold what; DuckDB is left to find out for itself where it is absent. */
  readonly rowFiles?: RowFiles;
  /** Transactions tried for one append, and reads tried for one question. Default 8. */
  readonly commitAttempts?: number;
  readonly backoffMs?: number;
  readonly onRetry?: (error: MarqueeError, attempt: number) => void;
}

export interface DuckDbLake extends Lake {
  /** Runs SQL on a connection that has the lake attached; retried like any read, so `work` must be repeatable. */
  read<T>(work: (connection: DuckDbConnection) => Promise<T>): Promise<T>;
  /** Lends a connection for what is on this machine: it asks neither catalog nor object store, and is not retried. */
  readonly use: DuckDb['use'];
  /** The SQL name of a table, as of a snapshot when one is named. */
  reference(table: LakeTable, snapshotId?: string): string;
  /**
   * SQL of a relation with all rows of a snapshot that were appended in a window, and maybe others: for windows of hours,
   * whose files are then opened without the table's metadata being read for every statement.
   */
  rowsSql(table: LakeTable, snapshotId: string, window: AppendWindow): Promise<string>;
  /** How many rows a snapshot has by hour of append time, by the metadata of its files; undefined where they do not say. */
  rowsByHour(table: LakeTable, snapshotId: string): Promise<ReadonlyMap<number, number> | undefined>;
  /** What was committed to a table after one of its snapshots, up to and with another. */
  changes(table: LakeTable, from: string, to: string): Promise<TableChanges>;
}

/** The lake of one region in Iceberg tables behind a REST catalog, through DuckDB. Attaches on first use. */
export function createLake(options: LakeOptions): DuckDbLake {
  const { duckdb, namespace, region } = options;
  const retries: RetryOptions = {
    attempts: options.commitAttempts ?? 8,
    backoffMs: options.backoffMs ?? 100,
    ...(options.onRetry === undefined ? {} : { onRetry: options.onRetry }),
  };
  const addresses = [`${options.catalogUri.replace(/\/$/, '')}/v1/config`, options.s3.endpoint];
  let attaching: Promise<void> | undefined;

  /** One connection attaches for all: of two that do so at once DuckDB refuses the second. */
  async function attach(connection: DuckDbConnection): Promise<void> {
    await assertReachable(addresses);
    attaching ??= attachOnce(connection).catch((error: unknown) => {
      attaching = undefined;
      throw error;
    });
    await attaching;
  }

  async function attachOnce(connection: DuckDbConnection): Promise<void> {
    for (const sql of attachSql(options)) await connection.run(sql);
  }

  const read = <T>(work: (connection: DuckDbConnection) => Promise<T>, table = namespace): Promise<T> =>
    withLakeRetries(table, retries, () =>
      duckdb.use(async (connection) => {
        await attach(connection);
        return work(connection);
      }),
    );

  return {
    read,
    use: duckdb.use,
    reference: (table, snapshotId) => tableReference(namespace, table, snapshotId),
    rowsSql,
    rowsByHour: (table, snapshotId) =>
      withLakeRetries(table, retries, async () => options.rowFiles?.rowsByHour(table, snapshotId)),
    changes: (table, from, to) =>
      read(
        (connection) =>
          readChanges(connection, { table, reference: tableReference(namespace, table) }, from, to),
        table,
      ),

    async ensureTables() {
      await read((connection) =>
        connection.run(`CREATE SCHEMA IF NOT EXISTS ${CATALOG}.${quoteName(namespace)}`),
      );
      for (const table of LAKE_TABLES) {
        await read((connection) => ensureTable(connection, table), table);
      }
    },

    appendExactlyOnce: (table, partitions) =>
      withLakeRetries(table, retries, (attempt) =>
        duckdb.use(async (connection) => {
          await attach(connection);
          return connection.transaction(() => appendOnce(connection, table, partitions, attempt));
        }),
      ),

    async positions(table, snapshotId, log) {
      const windows = log === undefined ? [] : POSITION_WINDOWS_MS;
      const newestMs = windows.length === 0 ? 0 : await newestHourMs(table, snapshotId);
      for (const windowMs of windows) {
        const found = await positionsSince(table, snapshotId, newestMs - windowMs);
        const known = found.filter(({ generation }) => generation === log?.generation);
        if (known.length >= (log?.partitions ?? Infinity)) return found;
      }
      return positionsSince(table, snapshotId, 0);
    },

    async snapshot(table) {
      return (await snapshots(table)).at(-1)?.id;
    },
    snapshots,
  };

  async function ensureTable(connection: DuckDbConnection, table: LakeTable): Promise<void> {
    await connection.run(createTableSql(namespace, table));
    const { columns } = await connection.query(columnsSql(namespace, table));
    const has = new Set(Array.from(columns['column_name']?.values ?? [], String));
    for (const sql of addColumnsSql(namespace, table, has)) await connection.run(sql);
  }

  async function rowsSql(table: LakeTable, snapshotId: string, window: AppendWindow): Promise<string> {
    const files = await withLakeRetries(table, retries, async () =>
      options.rowFiles?.sql(table, snapshotId, window),
    );
    return files ?? tableReference(namespace, table, snapshotId);
  }

  /** When the newest hour began that has rows; now, where that is not known. */
  async function newestHourMs(table: LakeTable, snapshotId: string | undefined): Promise<EpochMs> {
    if (snapshotId === undefined) return Date.now();
    const hour = await withLakeRetries(table, retries, async () =>
      options.rowFiles?.newestHour(table, snapshotId),
    );
    return hour === undefined ? Date.now() : hour * HOUR_MS;
  }

  async function positionsSince(table: LakeTable, snapshotId: string | undefined, since: number) {
    const relation =
      snapshotId === undefined || since <= 0
        ? tableReference(namespace, table, snapshotId)
        : await rowsSql(table, snapshotId, { fromMs: since });
    const sql = positionsSql(relation, table);
    return read(async (connection) => positionsOf(await connection.query(sql, { floor: 0, since })), table);
  }

  async function appendOnce(
    connection: DuckDbConnection,
    table: LakeTable,
    partitions: readonly PartitionRows[],
    attempt: number,
  ) {
    // Rows at or above the smallest `follows` hold every partition's maximum, so older files need no reading.
    const floor = Math.max(0, Math.min(...partitions.map((rows) => rows.follows)));
    const sql = positionsSql(tableReference(namespace, table), table);
    const positions = positionsOf(await connection.query(sql, { floor, since: 0 }));
    const plans = planAppend(table, partitions, positions);
    const rowCount = await insertPlans(connection, { namespace, region, table }, plans);
    const offered = partitions.reduce((sum, rows) => sum + rows.rowCount, 0);
    return {
      appended: rowCount,
      skipped: offered - rowCount,
      attempts: attempt,
      positions: plans.map((plan) => plan.position),
    };
  }

  function snapshots(table: LakeTable) {
    return read(async (connection) => {
      const { rowCount, columns } = await connection.query(snapshotsSql(namespace, table));
      return Array.from({ length: rowCount }, (_, row) => ({
        id: String(columns['id']?.values[row]),
        sequence: Number(columns['sequence']?.values[row]),
        timestampMs: Number(columns['time_ms']?.values[row]),
        operation: String(columns['operation']?.values[row]),
      }));
    }, table);
  }
}

function positionsOf({ rowCount, columns }: ColumnSet): LakePosition[] {
  return Array.from({ length: rowCount }, (_, row) => ({
    generation: String(columns['generation']?.values[row]),
    partition: Number(columns['partition']?.values[row]),
    offset: Number(columns['offset']?.values[row]),
    rawOffset: Number(columns['raw_offset']?.values[row]),
  }));
}
