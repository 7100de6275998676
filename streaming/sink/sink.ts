/**
 * The lake sink: buffers records of clean partitions and of the raw log, and appends them to the lake exactly once. It
 * keeps no position of its own: where to read on is the lake's highest offset plus one, asked for at every assignment.
 * Any number of sinks may hold the same partition; the lake takes each record once and a stale sink loses the commit.
 */
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import type { AppendResult, Lake, LakePosition, PartitionRows } from '../../infra/lake/port.ts';
import type { LakeTable } from '../../infra/lake/tables.ts';
import { BLOCK_ROWS, createBlocks, type Blocks } from './blocks.ts';
import type { RowBuffer } from './row-buffer.ts';
import type { SinkRow } from './rows.ts';

export interface SinkLimits {
  /** A table's rows are committed when so many are waiting … */
  readonly flushRecords: number;
  /** … or when they take so many bytes … */
  readonly flushBytes: number;
  /** … or when the oldest has waited so long. */
  readonly flushIntervalMs: number;
}

export interface SinkDeps {
  readonly lake: Pick<Lake, 'appendExactlyOnce' | 'positions'>;
  readonly generation: string;
  /** Partitions of every topic of the generation. */
  readonly partitions: number;
  readonly limits: SinkLimits;
  /** Rows of one buffer; as many as DuckDB takes at a time where nothing else is said. */
  readonly blockRows?: number;
  /** Milliseconds that only grow; decides when to flush, never what. */
  readonly now: () => number;
  readonly onFlush?: (flush: SinkFlush) => void;
}

export interface SinkFlush extends AppendResult {
  readonly table: LakeTable;
  readonly durationMs: number;
}

export interface Sink {
  /** Takes a partition (again) with an empty buffer and returns the offset to read from. */
  assign(table: LakeTable, partition: number): Promise<number>;
  /** Forgets a partition and what waits for it; its next owner reads that again. */
  revoke(table: LakeTable, partition: number): void;
  /**
   * Buffers records, ascending by offset; those below the partition's position are dropped. Resolves once they fit:
   * awaiting it is what bounds the sink's memory, to twice the limits a table. Records of a partition that is not
   * assigned are dropped. Throws when a commit fails, whose rows then wait for the next one, and LOG_UNAVAILABLE when
   * records are missing that `skipTo` does not know of. A record that nobody can decode is passed over once `refuse` has
   * resolved, with which every row before it is buffered and none after it.
   */
  accept<R extends SinkRow>(
    table: LakeTable,
    partition: number,
    rows: readonly R[],
    refuse?: (row: R, error: MarqueeError) => Promise<void>,
  ): Promise<void>;
  /** The log has no records of this partition before `offset` any more. */
  skipTo(table: LakeTable, partition: number, offset: number): void;
  /** Commits what has waited long enough. When it throws, the rows wait for the next time. */
  tick(): Promise<void>;
  /** Commits everything that waits. */
  flush(): Promise<void>;
  /** Rows that wait, by table. */
  waiting(): ReadonlyMap<LakeTable, number>;
  /** The lake's position of each partition as last seen, for committing group offsets (lag only). */
  committed(): readonly CommittedPosition[];
}

export interface CommittedPosition {
  readonly table: LakeTable;
  readonly partition: number;
  /** The next offset to read. */
  readonly next: number;
}

interface PartitionState {
  readonly partition: number;
  /** Highest offset that is in the lake. */
  follows: number;
  /** Lowest offset that may still come. */
  next: number;
  /** Rows in the order of the log. */
  blocks: RowBuffer[];
}

interface TableState {
  readonly partitions: Map<number, PartitionState>;
  readonly blocks: Blocks;
  rows: number;
  bytes: number;
  /** When the oldest waiting row came. */
  since: number;
  flushing: Promise<void> | undefined;
}

export function createSink(deps: SinkDeps): Sink {
  const { lake, generation, partitions, limits, now } = deps;
  const tables = new Map<LakeTable, TableState>();

  function tableOf(table: LakeTable): TableState {
    let state = tables.get(table);
    if (state === undefined) {
      const blocks = createBlocks(table, {
        maxSpareBytes: limits.flushBytes,
        rows: deps.blockRows ?? BLOCK_ROWS,
      });
      state = { partitions: new Map(), blocks, rows: 0, bytes: 0, since: 0, flushing: undefined };
      tables.set(table, state);
    }
    return state;
  }

  function forget(state: TableState, partition: number): void {
    const old = state.partitions.get(partition);
    if (old === undefined) return;
    for (const block of old.blocks) {
      state.rows -= block.rowCount();
      state.bytes -= block.bytes();
    }
    state.partitions.delete(partition);
  }

  /** One question at a time for each table, since all partitions of a rebalance ask at once. */
  const asking = new Map<LakeTable, Promise<LakePosition[]>>();
  function positionsOf(table: LakeTable): Promise<LakePosition[]> {
    const asked =
      asking.get(table) ??
      lake.positions(table, undefined, { generation, partitions }).finally(() => asking.delete(table));
    asking.set(table, asked);
    return asked;
  }

  /** Puts rows back that could not be committed, before those that came since. */
  function keep(state: TableState, taken: ReadonlyMap<PartitionState, RowBuffer[]>): void {
    for (const [owner, blocks] of taken) {
      if (state.partitions.get(owner.partition) !== owner) continue;
      for (const block of blocks) {
        state.rows += block.rowCount();
        state.bytes += block.bytes();
      }
      owner.blocks = [...blocks, ...owner.blocks];
    }
  }

  const isFull = (state: TableState): boolean =>
    state.rows >= limits.flushRecords || state.bytes >= limits.flushBytes;

  /** One commit of a table at a time; a second caller waits for the first and then commits what is left. */
  async function flushTable(table: LakeTable): Promise<void> {
    const state = tableOf(table);
    while (state.flushing !== undefined) await state.flushing;
    if (state.rows === 0) return;
    state.flushing = commit(table, state).finally(() => (state.flushing = undefined));
    await state.flushing;
  }

  async function commit(table: LakeTable, state: TableState): Promise<void> {
    const taken = new Map<PartitionState, RowBuffer[]>();
    for (const owner of state.partitions.values()) {
      if (owner.blocks.length > 0) taken.set(owner, owner.blocks);
      owner.blocks = [];
    }
    const batches = [...taken].flatMap(([{ partition, follows }, blocks]) =>
      blocks.map((block, i): PartitionRows => ({
        generation,
        partition,
        follows: i === 0 ? follows : blocks[i - 1]!.lastOffset(),
        rowCount: block.rowCount(),
        columns: block.columns(),
      })),
    );
    state.rows = 0;
    state.bytes = 0;
    const started = now();
    let result: AppendResult;
    try {
      result = await lake.appendExactlyOnce(table, batches);
    } catch (error) {
      keep(state, taken);
      throw error;
    }
    // A partition that was taken anew meanwhile has another state object, which this commit does not touch.
    for (const [owner, blocks] of taken) {
      const position = result.positions.findLast(({ partition }) => partition === owner.partition);
      if (position !== undefined) owner.follows = position.offset;
      for (const block of blocks) state.blocks.giveBack(block);
    }
    deps.onFlush?.({ ...result, table, durationMs: now() - started });
  }

  function skipTo(table: LakeTable, partition: number, offset: number): void {
    const owner = tableOf(table).partitions.get(partition);
    if (owner !== undefined) owner.next = Math.max(owner.next, offset);
  }

  return {
    async assign(table, partition) {
      const state = tableOf(table);
      forget(state, partition);
      const positions = await positionsOf(table);
      const known = positions.find((at) => at.generation === generation && at.partition === partition);
      const follows = known?.offset ?? -1;
      forget(state, partition);
      state.partitions.set(partition, {
        partition,
        follows,
        next: follows + 1,
        blocks: [],
      });
      return follows + 1;
    },
    revoke: (table, partition) => forget(tableOf(table), partition),
    async accept(table, partition, rows, refuse) {
      const state = tableOf(table);
      if (isFull(state)) await flushTable(table);
      for (const row of rows) {
        // Asked for anew each time: the partition may have been taken away while a commit was awaited.
        const owner = state.partitions.get(partition);
        if (owner === undefined) return;
        if (row.offset < owner.next) continue;
        if (row.offset > owner.next) {
          const reason = `${table}/${partition}: offset ${row.offset} came where ${owner.next} was due`;
          throw new MarqueeError('LOG_UNAVAILABLE', { reason });
        }
        const block = state.blocks.withRoom(owner.blocks);
        const before = block.bytes();
        try {
          block.push(row);
        } catch (error) {
          if (block.rowCount() === 0) state.blocks.giveBack(block);
          if (refuse === undefined || !isMarqueeError(error, 'RECORD_CORRUPT')) throw error;
          await refuse(row, error);
          skipTo(table, partition, row.offset + 1);
          continue;
        }
        if (state.rows === 0) state.since = now();
        owner.next = row.offset + 1;
        state.rows++;
        state.bytes += block.bytes() - before;
        if (block.rowCount() === 1) owner.blocks.push(block);
        if (isFull(state)) await flushTable(table);
      }
    },
    skipTo,
    async tick() {
      const due = [...tables].filter(
        ([, state]) => state.rows > 0 && now() - state.since >= limits.flushIntervalMs,
      );
      await Promise.all(due.map(([table]) => flushTable(table)));
    },
    async flush() {
      await Promise.all([...tables.keys()].map(flushTable));
    },
    waiting: () => new Map([...tables].map(([table, { rows }]) => [table, rows])),
    committed: () =>
      [...tables].flatMap(([table, { partitions }]) =>
        [...partitions.values()].map(({ partition, follows }) => ({ table, partition, next: follows + 1 })),
      ),
  };
}
