/**
 * Columns of ours as a table function: a statement reads them where they are, a chunk at a time. No table holds them in
 * between, which would cost more than to fill the chunks.
 */
import {
  BIGINT,
  DuckDBTableFunction,
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBType,
} from '@duckdb/node-api';
import { numberChunks, numberType, type NumberTable } from './number-chunks.ts';
import { packedChunks, PACKED_TYPES, type PackedRows, type PackedType } from './packed-chunks.ts';

export interface PackedTable {
  readonly columns: readonly (readonly [name: string, type: PackedType])[];
  /** One behind the other. */
  readonly parts: readonly PackedRows[];
}

/** What can be lent: packed columns, or columns of numbers. */
export type LentTable = PackedTable | NumberTable;

/** The tables outside of it that one DuckDB instance can read. */
export interface PackedSources {
  /** Makes the function known to the instance of this connection; nothing more is done when it is already. */
  register(native: DuckDBConnection): void;
  /** Lends a table to `work`, which is given the SQL to read it by, any number of times. */
  lend<T>(table: LentTable, work: (sql: string) => Promise<T>): Promise<T>;
}

const FUNCTION = 'packed_rows';

type Chunks = Iterator<(chunk: DuckDBDataChunk) => void>;

export function createPackedSources(): PackedSources {
  const tables = new Map<bigint, LentTable>();
  let lent = 0n;
  let registered = false;

  return {
    register(native) {
      if (registered) return;
      registered = true;
      native.registerTableFunction(tableFunction(tables));
    },
    async lend(table, work) {
      lent += 1n;
      const id = lent;
      tables.set(id, table);
      try {
        return await work(`${FUNCTION}(${id})`);
      } finally {
        tables.delete(id);
      }
    },
  };
}

/** Its errors are told to DuckDB, whose threads wait for the answer. */
function tableFunction(tables: ReadonlyMap<bigint, LentTable>): DuckDBTableFunction {
  return DuckDBTableFunction.create({
    name: FUNCTION,
    parameterTypes: [BIGINT],
    bindFunction(info) {
      const table = tables.get(info.getParameter(0) as bigint);
      if (table === undefined) return info.setError('these rows are not lent any more');
      for (const [name, type] of columnsOf(table)) info.addResultColumn(name, type);
      info.setCardinality(rowsOf(table), true);
      info.setBindData(table);
    },
    initFunction(info) {
      info.setMaxThreads(1);
      info.setInitData(chunksOf(info.bindData as LentTable));
    },
    mainFunction(info, chunk) {
      try {
        const next = (info.initData as Chunks).next();
        if (next.done === true) chunk.rowCount = 0;
        else next.value(chunk);
      } catch (error) {
        info.setError(error instanceof Error ? error.message : String(error));
      }
    },
  });
}

function columnsOf(table: LentTable): (readonly [string, DuckDBType])[] {
  return 'numbers' in table
    ? table.numbers.map((column) => [column.name, numberType(column)])
    : table.columns.map(([name, type]) => [name, PACKED_TYPES[type]]);
}

const rowsOf = (table: LentTable): number =>
  'numbers' in table ? table.rows : table.parts.reduce((sum, { take }) => sum + take.length, 0);

function chunksOf(table: LentTable): Chunks {
  if ('numbers' in table) return numberChunks(table);
  const types = table.columns.map(([, type]) => type);
  return packedChunks(types, table.parts);
}
