import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  BIGINT,
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBMaterializedResult,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { columnReader, writeChunks, writeTypeName, type ColumnSet, type WriteColumn } from './columns.ts';
import { onInterruption } from './interruption.ts';
import type { PackedSources } from './packed-source.ts';

/** Values of named parameters (`$name` in the SQL). Whole numbers are bound as BIGINT. */
export type SqlParams = Readonly<Record<string, string | number | bigint | boolean | null>>;

/** Appending copies on this thread: after so many chunks whatever else waits, heartbeats above all, has its turn. */
const CHUNKS_A_TURN = 4;
/** Reading copies faster than that. */
const CHUNKS_READ_A_TURN = 32;

/** DuckDB forgets an interruption that comes before the statement has begun, so it is told again until it has ended. */
const INTERRUPT_AGAIN_MS = 50;

/** Statements that end a transaction: an interrupted COMMIT would leave nobody knowing. */
const ENDS = /^(COMMIT|ROLLBACK)$/;

export interface DuckDbConnection {
  /** Runs statements for their effect. */
  run(sql: string, params?: SqlParams): Promise<void>;
  /** Runs one statement and returns its whole result as columns. */
  query(sql: string, params?: SqlParams): Promise<ColumnSet>;
  /**
   * Runs one statement and hands its result to `take` some rows at a time, each time as columns of their own: in order,
   * at least once, together with how many rows there are in all.
   */
  queryByBatch(
    sql: string,
    take: (rows: ColumnSet, rowCount: number) => void,
    params?: SqlParams,
  ): Promise<void>;
  /** Appends columns of equal length to an existing table of the same column order, by DuckDB's appender. */
  append(table: string, columns: readonly WriteColumn[], rowCount: number): Promise<void>;
  /** Creates (or replaces) a temporary table of this connection and fills it. */
  stage(table: string, columns: Readonly<Record<string, WriteColumn>>, rowCount: number): Promise<void>;
  /** Lends packed columns to `work`, under the SQL of a table that statements of this connection can read. */
  lend: PackedSources['lend'];
  /**
   * Runs `work` between BEGIN and COMMIT and rolls back when it throws. When COMMIT itself throws, the outcome is
   * whatever the database at the other end says.
   */
  transaction<T>(work: () => Promise<T>): Promise<T>;
}

/** Double-quotes an identifier. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
/** Single-quotes a string literal, for the places where SQL takes no parameter. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function bind(params: SqlParams): {
  values: Record<string, DuckDBValue>;
  types: Record<string, DuckDBType | undefined>;
} {
  const values: Record<string, DuckDBValue> = {};
  const types: Record<string, DuckDBType | undefined> = {};
  for (const [name, value] of Object.entries(params)) {
    values[name] = Number.isInteger(value) ? BigInt(value as number) : value;
    // Left to itself the binding takes a bigint for a HUGEINT, which few functions accept.
    if (typeof values[name] === 'bigint') types[name] = BIGINT;
  }
  return { values, types };
}

/** Takes rows of a result into columns. */
function setReader(result: DuckDBMaterializedResult, rowCount: number) {
  const names = result.deduplicatedColumnNames();
  const readers = names.map((_, index) => columnReader(index, result.columnTypeId(index), rowCount));
  return {
    take(chunk: DuckDBDataChunk): void {
      for (const reader of readers) reader.take(chunk);
    },
    columns: (): ColumnSet => ({
      rowCount,
      columns: Object.fromEntries(names.map((name, index) => [name, readers[index]!.column()])),
    }),
  };
}

/** Copies a result out of DuckDB, by the chunk. */
async function columnsOf(result: DuckDBMaterializedResult): Promise<ColumnSet> {
  const reader = setReader(result, result.rowCount);
  for (let at = 0; at < result.chunkCount; at++) {
    reader.take(result.getChunk(at));
    if ((at + 1) % CHUNKS_READ_A_TURN === 0) await nextTurn();
  }
  return reader.columns();
}

async function batchesOf(
  result: DuckDBMaterializedResult,
  take: (rows: ColumnSet, rowCount: number) => void,
): Promise<void> {
  const { rowCount, chunkCount } = result;
  for (let at = 0; at === 0 || at < chunkCount; at += CHUNKS_READ_A_TURN) {
    const count = Math.min(CHUNKS_READ_A_TURN, chunkCount - at);
    const chunks = Array.from({ length: count }, (_, i) => result.getChunk(at + i));
    const reader = setReader(
      result,
      chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0),
    );
    for (const chunk of chunks) reader.take(chunk);
    take(reader.columns(), rowCount);
    await nextTurn();
  }
}

export interface ConnectionOptions {
  /** A statement running longer than this is interrupted and throws. */
  readonly statementTimeoutMs: number;
  /** Of the connection's instance. */
  readonly packed: PackedSources;
}

/** Wraps a native connection. `broken()` turns true once it may hold an unfinished transaction. */
export function wrapConnection(
  native: DuckDBConnection,
  { statementTimeoutMs, packed }: ConnectionOptions,
): DuckDbConnection & { broken(): boolean } {
  let broken = false;

  async function execute(sql: string, params?: SqlParams): Promise<DuckDBMaterializedResult> {
    let again: NodeJS.Timeout | undefined;
    const interrupt = (): void => {
      native.interrupt();
      again ??= setInterval(() => native.interrupt(), INTERRUPT_AGAIN_MS);
    };
    /** What the work had staged is of no use to anyone else. */
    const stop = (): void => {
      broken = true;
      interrupt();
    };
    const settle = ENDS.test(sql) ? () => undefined : onInterruption(stop);
    const timer = setTimeout(interrupt, statementTimeoutMs);
    try {
      if (params === undefined) return await native.run(sql);
      const { values, types } = bind(params);
      return await native.run(sql, values, types);
    } finally {
      clearTimeout(timer);
      clearInterval(again);
      settle();
    }
  }

  const connection: DuckDbConnection = {
    async run(sql, params) {
      await execute(sql, params);
    },
    async query(sql, params) {
      return columnsOf(await execute(sql, params));
    },
    async queryByBatch(sql, take, params) {
      await batchesOf(await execute(sql, params), take);
    },
    async append(table, columns, rowCount) {
      const appender = await native.createAppender(table);
      try {
        let chunks = 0;
        for (const chunk of writeChunks(columns, rowCount)) {
          appender.appendDataChunk(chunk);
          if (++chunks % CHUNKS_A_TURN === 0) await nextTurn();
        }
      } finally {
        appender.closeSync();
      }
    },
    async stage(table, columns, rowCount) {
      const types = Object.entries(columns).map(
        ([name, column]) => `${quoteName(name)} ${writeTypeName(column.kind)}`,
      );
      await execute(`CREATE OR REPLACE TEMP TABLE ${quoteName(table)} (${types.join(', ')})`);
      await connection.append(table, Object.values(columns), rowCount);
    },
    lend: packed.lend,
    async transaction(work) {
      await execute('BEGIN TRANSACTION');
      let result;
      try {
        result = await work();
      } catch (error) {
        await execute('ROLLBACK').catch(() => (broken = true));
        throw error;
      }
      try {
        await execute('COMMIT');
      } catch (error) {
        // A refused COMMIT has ended the transaction already; only a connection that still is in one must go.
        await execute('ROLLBACK').catch((reason: unknown) => {
          if (!String(reason).includes('no transaction is active')) broken = true;
        });
        throw error;
      }
      return result;
    },
  };
  return { ...connection, broken: () => broken };
}
