/**
 * Rows of one partition of a table, read in windows of offsets as of one snapshot, so that any amount of log passes
 * through bounded memory. A window that fails is read again by itself.
 */
import type { ColumnSet } from '../duckdb/columns.ts';
import type { DuckDbLake } from './lake.ts';
import type { LakeTable } from './tables.ts';

/** Offsets `from` (inclusive) to `to` (exclusive) of a partition. */
export interface OffsetRange {
  readonly generation: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

export interface WindowQuery {
  readonly range: OffsetRange;
  /** SQL that yields rows in order for `$generation`, `$partition` and offsets from `$from` to before `$to`. */
  readonly sql: string;
  /** Bytes that a window should take, and what one of its rows takes. */
  readonly windowBytes: number;
  readonly rowBytes: (rows: ColumnSet) => number;
}

const FIRST_WINDOW = 2048;
const SMALLEST_WINDOW = 64;
const LARGEST_WINDOW = 1 << 16;

/**
 * Windows in order of offset; one without rows is passed over. Each is as large as the last one's rows suggest, and is
 * read while the one before it is worked on.
 */
export async function* readWindows(lake: DuckDbLake, query: WindowQuery): AsyncGenerator<ColumnSet> {
  const { range, sql, windowBytes, rowBytes } = query;
  const { generation, partition } = range;
  let { from } = range;
  let size = FIRST_WINDOW;
  const fetchNext = (): Promise<ColumnSet> | undefined => {
    if (from >= range.to) return undefined;
    const params = { generation, partition, from, to: Math.min(range.to, from + size) };
    from = params.to;
    const fetching = lake.read((connection) => connection.query(sql, params));
    // Whoever stops reading does not hear of what was under way.
    fetching.catch(() => undefined);
    return fetching;
  };
  for (let fetching = fetchNext(); fetching !== undefined;) {
    const rows = await fetching;
    if (rows.rowCount > 0) {
      const fitting = Math.floor(windowBytes / Math.max(1, rowBytes(rows) / rows.rowCount));
      // Never much larger than the last: the rows that follow may be larger.
      size = Math.max(SMALLEST_WINDOW, Math.min(LARGEST_WINDOW, 4 * size, fitting));
    }
    fetching = fetchNext();
    if (rows.rowCount > 0) yield rows;
  }
}

/** The snapshot to read a table as of; undefined while it is empty. */
export async function pinned(lake: DuckDbLake, table: LakeTable): Promise<string | undefined> {
  const snapshot = await lake.snapshot(table);
  return snapshot === undefined ? undefined : lake.reference(table, snapshot);
}
