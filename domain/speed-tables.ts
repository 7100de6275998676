/** What one block has counted, in every family, spread over slots by title. Mutable; belongs to one fold. */
import { addDigests, createCellTable, EMPTY_DIGEST, type Digest } from './cells.ts';
import { NO_ROW, ROW_KIND, type CountedColumns } from './counted-columns.ts';
import { countryCode } from './country-code.ts';
import { createDistinctTable, eachRegister, hourOf } from './distinct.ts';
import { addMeasures, bitOf, CAPPED_AFTER, IMPRESSIONS, MEASURE_COUNT, type Counted } from './measures.ts';
import { createRowTable, ROW_MEASURE_COUNT } from './row-counts.ts';
import { createSlotParts, type ChangedPart, type SlotParts } from './slot-parts.ts';
import { FAMILIES, type FamilyPart } from './speed-view.ts';
import { textAt } from './text-column.ts';
import type { TextTable } from './text-table.ts';

export interface BlockTables {
  /** Adds row `i`, which counts for something. */
  add(columns: CountedColumns, i: number, counted: Counted): void;
  /** Adds what a checkpoint holds, whatever slots it was in. */
  restore(part: FamilyPart): void;
  /** What changed since it was last published (everything when `whole`), and the sums over all there is. */
  publish(whole: boolean): Published;
  /** Everything, as plain data. */
  parts(): FamilyPart[];
  /** Begins another block, in the memory of the last one. */
  clear(): void;
}

export interface Published {
  readonly changed: readonly ChangedPart[];
  readonly entries: number;
  readonly digest: Digest;
}

const CAPPED_IMPRESSION = bitOf(IMPRESSIONS + CAPPED_AFTER);

/** Texts are numbered by the tables given; columns that are added must be numbered by the same. */
export function createBlockTables(slots: number, titles: TextTable, rowNames: TextTable): BlockTables {
  const cells = createCellTable();
  const rows = createRowTable();
  const distinct = createDistinctTable();
  const slotOfTitle = (title: number): number => titles.hash(title) % slots;
  const partsOf = (table: SlottedTable, pick: (entries: Int32Array) => FamilyPart): SlotParts =>
    createSlotParts(slots, { ...table, slotOf: (entry) => slotOfTitle(table.titleOf(entry)), pick });
  const ofCells = partsOf(cells, (entries) => ({ family: 'cells', columns: cells.pick(entries, titles) }));
  const ofRows = partsOf(rows, (entries) => ({
    family: 'rows',
    columns: rows.pick(entries, titles, rowNames),
  }));
  const ofDistinct = partsOf(distinct, (entries) => ({
    family: 'distinct',
    columns: distinct.pick(entries, titles),
  }));
  // In the order of FAMILIES.
  const families = [ofCells, ofRows, ofDistinct];

  return {
    add(columns, i, counted) {
      const title = columns.title[i]!;
      const bucket = columns.bucket[i]!;
      const slot = slotOfTitle(title);
      const cell = cells.row(title, columns.country[i]!, bucket);
      addMeasures(columns.viewedSeconds[i]!, counted, cells.measures(), cell * MEASURE_COUNT);
      ofCells.changed(slot);
      const kind = columns.kind[i];
      if (kind === ROW_KIND.impression && columns.row[i] !== NO_ROW) {
        rows.add(title, columns.row[i]!, 1, (counted & CAPPED_IMPRESSION) === 0 ? 0 : 1);
        ofRows.changed(slot);
      } else if (kind === ROW_KIND.start && columns.register[i] !== NO_ROW) {
        if (distinct.raise(title, hourOf(bucket), columns.register[i]!, columns.rank[i]!))
          ofDistinct.changed(slot);
      }
    },
    restore(part) {
      const { size, titles: names } = part.columns;
      const known = names.texts.map((name) => titles.of(name));
      const numbers = Int32Array.from(names.indices, (index) => known[index]!);
      const family = families[FAMILIES.indexOf(part.family)]!;
      for (const number of known) family.changed(slotOfTitle(number));
      if (part.family === 'cells') {
        const { countries, buckets, measures } = part.columns;
        const codes = countries.texts.map((text) => countryCode(text.charCodeAt(0), text.charCodeAt(1)));
        for (let i = 0; i < size; i++) {
          const code = codes[countries.indices[i]!]!;
          const base = cells.row(numbers[i]!, code, buckets[i]!) * MEASURE_COUNT;
          const live = cells.measures();
          for (let m = 0; m < MEASURE_COUNT; m++) live[base + m]! += measures[i * MEASURE_COUNT + m]!;
        }
      } else if (part.family === 'rows') {
        const { rows: texts, measures } = part.columns;
        for (let i = 0; i < size; i++) {
          const base = i * ROW_MEASURE_COUNT;
          rows.add(numbers[i]!, rowNames.of(textAt(texts, i)), measures[base]!, measures[base + 1]!);
        }
      } else {
        const { hours } = part.columns;
        eachRegister(part.columns, (i, register, rank) => {
          distinct.raise(numbers[i]!, hours[i]!, register, rank);
        });
      }
    },
    publish(whole) {
      const all = families.map((family) => family.publish(whole));
      return {
        changed: all.flatMap(({ changed }) => changed),
        entries: all.reduce((sum, { entries }) => sum + entries, 0),
        digest: all.reduce((sum, { digest }) => addDigests(sum, digest), EMPTY_DIGEST),
      };
    },
    parts: () => families.flatMap((family) => family.parts()),
    clear() {
      for (const table of [cells, rows, distinct]) table.clear();
      for (const family of families) family.clear();
    },
  };
}

interface SlottedTable {
  size(): number;
  titleOf(entry: number): number;
}
