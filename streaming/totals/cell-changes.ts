/** What a change of a block's committed state means for its cells. Pure. */
import { MEASURE_COUNT } from '../../domain/measures.ts';
import type { BlockChange } from '../../domain/speed-reader.ts';
import type { Chunk, Marker } from '../../domain/speed-view.ts';
import { textAt } from '../../domain/text-column.ts';
import type { CellTotal } from '../../infra/cassandra/title-totals.ts';

/** Offsets of a block are fewer. */
const OFFSET_BITS = 40n;

/** Orders what is said of a block as readers of the speed view do: by the fold's version, then by how far it goes. */
export const versionOf = ({ foldVersion, from, to }: Pick<Marker, 'foldVersion' | 'from' | 'to'>): bigint =>
  (BigInt(foldVersion) << OFFSET_BITS) + BigInt(to - from);

/** Cells whose totals are others now, and those that are there no more. */
export function cellChanges(
  { removed, added }: Pick<BlockChange, 'removed' | 'added'>,
  version: bigint,
): CellTotal[] {
  const before = cellsOf(removed);
  const after = cellsOf(added);
  const changes: CellTotal[] = [];
  for (const [key, cell] of after) {
    const known = before.get(key);
    if (known === undefined || cell.measures.some((value, i) => value !== known.measures[i])) {
      changes.push({ ...cell, version });
    }
  }
  for (const [key, cell] of before) {
    if (!after.has(key)) changes.push({ ...cell, measures: undefined, version });
  }
  return changes;
}

interface Cell {
  readonly title: string;
  readonly country: string;
  readonly bucket: number;
  readonly measures: readonly number[];
}

function cellsOf(chunks: readonly Chunk[]): Map<string, Cell> {
  const cells = new Map<string, Cell>();
  for (const chunk of chunks) {
    if (chunk.family !== 'cells') continue;
    const { size, titles, countries, buckets, measures } = chunk.columns;
    for (let i = 0; i < size; i++) {
      const [title, country, bucket] = [textAt(titles, i), textAt(countries, i), buckets[i]!];
      const own = Array.from(measures.subarray(i * MEASURE_COUNT, (i + 1) * MEASURE_COUNT));
      cells.set(cellKey({ title, country, bucket }), { title, country, bucket, measures: own });
    }
  }
  return cells;
}

export const cellKey = ({ title, country, bucket }: Omit<Cell, 'measures'>): string =>
  `${bucket} ${country} ${title}`;
