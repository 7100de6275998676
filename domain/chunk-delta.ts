/**
 * What one state of a chunk adds to the one before it. Owners publish a slot whole, and add to it at its end, so that most
 * entries are what they were: whoever adds up need not take all of them away and add them again.
 */
import type { CellColumns } from './cells.ts';
import type { DistinctColumns } from './distinct.ts';
import { MEASURE_COUNT } from './measures.ts';
import { ROW_MEASURE_COUNT, type RowColumns } from './row-counts.ts';
import type { FamilyPart } from './speed-view.ts';
import type { TextColumn } from './text-column.ts';

/**
 * Entries that make `after` of `before` when they are added: differences, which may be negative, and what is new; of registers
 * those that were raised. Undefined where `after` does not begin with the entries of `before`, in their order.
 */
export function deltaOf(before: FamilyPart, after: FamilyPart): FamilyPart | undefined {
  if (before.family === 'cells' && after.family === 'cells') return cellsSince(before.columns, after.columns);
  if (before.family === 'rows' && after.family === 'rows') return rowsSince(before.columns, after.columns);
  if (before.family === 'distinct' && after.family === 'distinct')
    return groupsSince(before.columns, after.columns);
  return undefined;
}

function cellsSince(before: CellColumns, after: CellColumns): FamilyPart | undefined {
  const isSame =
    goesOn(before.titles, after.titles) &&
    goesOn(before.countries, after.countries) &&
    startsWith(before.buckets, after.buckets);
  if (!isSame) return undefined;
  const { changed, measures } = changesOf(before, after, MEASURE_COUNT);
  return {
    family: 'cells',
    columns: {
      size: changed.length,
      titles: pickTexts(after.titles, changed),
      countries: pickTexts(after.countries, changed),
      buckets: Int32Array.from(changed, (row) => after.buckets[row]!),
      measures,
    },
  };
}

function rowsSince(before: RowColumns, after: RowColumns): FamilyPart | undefined {
  if (!goesOn(before.titles, after.titles) || !goesOn(before.rows, after.rows)) return undefined;
  const { changed, measures } = changesOf(before, after, ROW_MEASURE_COUNT);
  return {
    family: 'rows',
    columns: {
      size: changed.length,
      titles: pickTexts(after.titles, changed),
      rows: pickTexts(after.rows, changed),
      measures,
    },
  };
}

function groupsSince(before: DistinctColumns, after: DistinctColumns): FamilyPart | undefined {
  if (!goesOn(before.titles, after.titles) || !startsWith(before.hours, after.hours)) return undefined;
  const changed: number[] = [];
  const counts: number[] = [];
  const packed: number[] = [];
  let [had, has] = [0, 0];
  for (let group = 0; group < after.size; group++) {
    const hadEnd = had + (group < before.size ? before.counts[group]! : 0);
    const hasEnd = has + after.counts[group]!;
    const length = packed.length;
    // Both ascend, and no register goes down.
    for (; has < hasEnd; has++) {
      const one = after.packed[has]!;
      while (had < hadEnd && before.packed[had]! < one) had++;
      if (had === hadEnd || before.packed[had] !== one) packed.push(one);
    }
    had = hadEnd;
    if (packed.length === length) continue;
    changed.push(group);
    counts.push(packed.length - length);
  }
  return {
    family: 'distinct',
    columns: {
      size: changed.length,
      titles: pickTexts(after.titles, changed),
      hours: Int32Array.from(changed, (group) => after.hours[group]!),
      counts: Int32Array.from(counts),
      packed: Uint16Array.from(packed),
    },
  };
}

interface Measured {
  readonly size: number;
  readonly measures: Float64Array;
}

/** Rows with other measures than before, new ones among them, and by how much. */
function changesOf(
  before: Measured,
  after: Measured,
  count: number,
): { readonly changed: readonly number[]; readonly measures: Float64Array } {
  const changed: number[] = [];
  for (let row = 0; row < after.size; row++) {
    let isSame = row < before.size;
    for (let at = row * count; isSame && at < (row + 1) * count; at++)
      isSame = before.measures[at] === after.measures[at];
    if (!isSame) changed.push(row);
  }
  const measures = new Float64Array(changed.length * count);
  changed.forEach((row, i) => {
    for (let m = 0; m < count; m++) {
      const had = row < before.size ? before.measures[row * count + m]! : 0;
      measures[i * count + m] = after.measures[row * count + m]! - had;
    }
  });
  return { changed, measures };
}

const goesOn = (before: TextColumn, after: TextColumn): boolean =>
  startsWith(before.texts, after.texts) && startsWith(before.indices, after.indices);

function startsWith<T>(before: ArrayLike<T>, after: ArrayLike<T>): boolean {
  if (before.length > after.length) return false;
  for (let i = 0; i < before.length; i++) if (before[i] !== after[i]) return false;
  return true;
}

/** Some values, with no text that none of them is. */
function pickTexts<T extends string>(
  { texts, indices }: TextColumn<T>,
  rows: readonly number[],
): TextColumn<T> {
  const places = new Map<number, number>();
  const picked = Uint32Array.from(rows, (row) => {
    const index = indices[row]!;
    const place = places.get(index) ?? places.size;
    places.set(index, place);
    return place;
  });
  return { texts: Array.from(places.keys(), (index) => texts[index]!), indices: picked };
}
