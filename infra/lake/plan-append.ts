import { MarqueeError } from '../../domain/errors.ts';
import { isPacked, type PackedNumbers } from '../duckdb/packed-columns.ts';
import type { LakePosition, PartitionRows } from './port.ts';
import { risingColumn, type LakeTable } from './tables.ts';

/** Which rows of one partition's batch the lake does not have yet. */
export interface PartitionPlan {
  readonly rows: PartitionRows;
  /** Indexes to take, ascending. */
  readonly take: readonly number[];
  /** Where the partition stands once they are in. */
  readonly position: LakePosition;
}

/** Key of a partition of a log. */
export const partitionKey = (at: { generation: string; partition: number }): string =>
  `${at.generation}/${at.partition}`;

/**
 * Chooses, from the lake's positions, the rows to append: offset above the partition's highest, raw offset above every
 * one before it (a record sent again carries an old raw offset). Batches of one partition follow each other. Throws LAKE_GAP when the lake ends before the batch
 * begins, which would lose records, and INTERNAL when rows are out of order.
 */
export function planAppend(
  table: LakeTable,
  partitions: readonly PartitionRows[],
  positions: readonly LakePosition[],
): PartitionPlan[] {
  const known = new Map(positions.map((position) => [partitionKey(position), position]));
  /** How far the batches before have come, rows that were left out included. */
  const read = new Map<string, number>();
  return partitions.map((rows) => {
    const { generation, partition, follows } = rows;
    const key = partitionKey(rows);
    const at = known.get(key);
    const take: number[] = [];
    const offsets = numbersOf(rows, 'offset');
    const rising = numbersOf(rows, risingColumn(table));
    const floor = at?.offset ?? -1;
    if (Math.max(floor, read.get(key) ?? -1) < follows) {
      throw new MarqueeError('LAKE_GAP', { table, partition, position: floor, follows });
    }
    let previous = follows;
    let highest = at?.rawOffset ?? -1;
    let last = floor;
    for (let row = 0; row < rows.rowCount; row++) {
      const offset = offsets[row]!;
      const rawOffset = rising[row]!;
      if (!(offset > previous)) {
        throw new MarqueeError('INTERNAL', {
          reason: `${table}/${partition}: offset ${offset} after ${previous}`,
        });
      }
      previous = offset;
      if (offset <= floor || rawOffset <= highest) continue;
      highest = rawOffset;
      last = offset;
      take.push(row);
    }
    const position = { generation, partition, offset: last, rawOffset: highest };
    known.set(key, position);
    read.set(key, previous);
    return { rows, take, position };
  });
}

/** Columns that have a value in every row. */
function numbersOf({ columns, rowCount }: PartitionRows, name: string): ArrayLike<number> {
  const values = columns[name];
  const found = values === undefined ? 'no' : isPacked(values) ? values.count : values.length;
  if (values === undefined || found !== rowCount) {
    throw new MarqueeError('INTERNAL', {
      reason: `column ${name} has ${found} values, expected ${rowCount}`,
    });
  }
  return isPacked(values) ? (values as PackedNumbers).values : (values as readonly number[]);
}
