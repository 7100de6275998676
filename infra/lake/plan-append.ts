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
 * one before it (a record sent again carries an old raw offset). Throws LAKE_GAP when the lake ends before the batch
 * begins, which would lose records, and INTERNAL when rows are out of order.
 */
export function planAppend(
  table: LakeTable,
  partitions: readonly PartitionRows[],
  positions: readonly LakePosition[],
): PartitionPlan[] {
  const known = new Map(positions.map((position) => [partitionKey(position), position]));
  return partitions.map((rows) => {
    const at = known.get(partitionKey(rows));
    const take: number[] = [];
    const offsets = numbersOf(rows, 'offset');
    const rising = numbersOf(rows, risingColumn(table));
    const floor = at?.offset ?? -1;
    if (floor < rows.follows) {
      const { partition, follows } = rows;
      throw new MarqueeError('LAKE_GAP', { table, partition, position: floor, follows });
    }
    let previous = rows.follows;
    let highest = at?.rawOffset ?? -1;
    let last = floor;
    for (let row = 0; row < rows.rowCount; row++) {
      const offset = offsets[row]!;
      const rawOffset = rising[row]!;
      if (!(offset > previous)) {
        throw new MarqueeError('INTERNAL', {
          reason: `${table}/${rows.partition}: offset ${offset} after ${previous}`,
        });
      }
      previous = offset;
      if (offset <= floor || rawOffset <= highest) continue;
      highest = rawOffset;
      last = offset;
      take.push(row);
    }
    const { generation, partition } = rows;
    return { rows, take, position: { generation, partition, offset: last, rawOffset: highest } };
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
