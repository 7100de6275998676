/** What one block has counted, in every family, spread over slots by title. Mutable; belongs to one fold. */
import {
  addDigests,
  createCellTable,
  digestOf,
  EMPTY_DIGEST,
  type CellTable,
  type Digest,
  type TitleCells,
} from './cells.ts';
import {
  createDistinctTable,
  digestOfDistinct,
  eachRegister,
  hourOf,
  rankOf,
  registerOf,
  type DistinctTable,
  type TitleHours,
} from './distinct.ts';
import { hashText } from './hash.ts';
import type { TitleId } from './ids.ts';
import {
  addMeasures,
  bitOf,
  CAPPED_AFTER,
  IMPRESSIONS,
  MEASURE_COUNT,
  type Counted,
  type CountedRecord,
} from './measures.ts';
import {
  createRowTable,
  digestOfRows,
  ROW_MEASURE_COUNT,
  type RowTable,
  type TitleRows,
} from './row-counts.ts';
import { FAMILIES, type FamilyPart } from './speed-view.ts';
import { bucketOf } from './time.ts';

export interface BlockTables {
  /** Adds a record that counts for something. */
  add(record: CountedRecord, counted: Counted): void;
  /** Adds what a checkpoint holds, whatever slots it was in. */
  restore(part: FamilyPart): void;
  /** What changed since it was last published (everything when `whole`), and the sums over all there is. */
  publish(whole: boolean): Published;
  /** Everything, as plain data. */
  parts(): FamilyPart[];
}

export interface Published {
  readonly changed: readonly { readonly slot: number; readonly part: FamilyPart }[];
  readonly entries: number;
  readonly digest: Digest;
}

/** How many entries a part has, for markers. */
export const sizeOfPart = ({ columns }: FamilyPart): number => columns.size;

export function digestOfPart(part: FamilyPart): Digest {
  switch (part.family) {
    case 'cells':
      return digestOf(part.columns);
    case 'rows':
      return digestOfRows(part.columns);
    case 'distinct':
      return digestOfDistinct(part.columns);
  }
}

const CAPPED_IMPRESSION = bitOf(IMPRESSIONS + CAPPED_AFTER);

export const slotOf = (title: string, slots: number): number => hashText(title) % slots;

interface Slot {
  readonly cells: CellTable;
  readonly rows: RowTable;
  readonly distinct: DistinctTable;
  /** Of each family in the order of FAMILIES: the part as it stands, or undefined since it changed. */
  readonly held: ({ readonly part: FamilyPart; readonly digest: Digest } | undefined)[];
}

/** Where a title's entries are: its text is looked up once a record. */
interface TitleEntries {
  readonly slot: Slot;
  readonly cells: TitleCells;
  readonly rows: TitleRows;
  readonly hours: TitleHours;
}

const [CELLS, ROWS, DISTINCT] = [0, 1, 2] as const;

const createSlot = (): Slot => ({
  cells: createCellTable(),
  rows: createRowTable(),
  distinct: createDistinctTable(),
  held: [undefined, undefined, undefined],
});

export function createBlockTables(slots: number): BlockTables {
  const tables = new Array<Slot | undefined>(slots).fill(undefined);
  const titles = new Map<TitleId, TitleEntries>();

  const entriesOf = (title: TitleId): TitleEntries => {
    let entries = titles.get(title);
    if (entries === undefined) {
      const slot = (tables[slotOf(title, slots)] ??= createSlot());
      const { cells, rows, distinct } = slot;
      entries = {
        slot,
        cells: cells.ofTitle(title),
        rows: rows.ofTitle(title),
        hours: distinct.ofTitle(title),
      };
      titles.set(title, entries);
    }
    return entries;
  };

  return {
    add(record, counted) {
      const { titleId: title, kind, row } = record;
      const { slot, cells, rows, hours } = entriesOf(title);
      const bucket = bucketOf(record.eventTime, record.timeStatus);
      const cell = slot.cells.rowOf(cells, title, record.country, bucket);
      addMeasures(record, counted, slot.cells.measures(), cell * MEASURE_COUNT);
      slot.held[CELLS] = undefined;
      if (kind === 'impression' && row !== undefined) {
        slot.rows.add(rows, title, row, 1, (counted & CAPPED_IMPRESSION) === 0 ? 0 : 1);
        slot.held[ROWS] = undefined;
      } else if (kind === 'play_start' && record.profileHash !== undefined) {
        const { profileHash } = record;
        if (slot.distinct.raise(hours, title, hourOf(bucket), registerOf(profileHash), rankOf(profileHash)))
          slot.held[DISTINCT] = undefined;
      }
    },
    restore(part) {
      switch (part.family) {
        case 'cells': {
          const { size, titles: names, countries, buckets, measures } = part.columns;
          for (let i = 0; i < size; i++) {
            const { slot, cells } = entriesOf(names[i]!);
            const base = slot.cells.rowOf(cells, names[i]!, countries[i]!, buckets[i]!) * MEASURE_COUNT;
            const live = slot.cells.measures();
            for (let m = 0; m < MEASURE_COUNT; m++) live[base + m]! += measures[i * MEASURE_COUNT + m]!;
          }
          return;
        }
        case 'rows': {
          const { size, titles: names, rows: texts, measures } = part.columns;
          for (let i = 0; i < size; i++) {
            const { slot, rows } = entriesOf(names[i]!);
            const base = i * ROW_MEASURE_COUNT;
            slot.rows.add(rows, names[i]!, texts[i]!, measures[base]!, measures[base + 1]!);
          }
          return;
        }
        case 'distinct': {
          const { titles: names, hours: hourOfGroup } = part.columns;
          eachRegister(part.columns, (i, register, rank) => {
            const { slot, hours } = entriesOf(names[i]!);
            slot.distinct.raise(hours, names[i]!, hourOfGroup[i]!, register, rank);
          });
        }
      }
    },
    publish(whole) {
      const changed: { slot: number; part: FamilyPart }[] = [];
      let entries = 0;
      let digest = EMPTY_DIGEST;
      tables.forEach((slot, at) => {
        if (slot === undefined) return;
        FAMILIES.forEach((_, family) => {
          let held = slot.held[family];
          const isChanged = held === undefined;
          if (held === undefined) {
            const part = partOf(slot, family);
            held = slot.held[family] = { part, digest: digestOfPart(part) };
          }
          if (held.part.columns.size === 0) return;
          entries += sizeOfPart(held.part);
          digest = addDigests(digest, held.digest);
          if (whole || isChanged) changed.push({ slot: at, part: held.part });
        });
      });
      return { changed, entries, digest };
    },
    parts: () =>
      tables
        .flatMap((slot) => (slot === undefined ? [] : FAMILIES.map((_, family) => partOf(slot, family))))
        .filter(({ columns }) => columns.size > 0),
  };
}

function partOf({ cells, rows, distinct }: Slot, family: number): FamilyPart {
  if (family === CELLS) return { family: 'cells', columns: cells.snapshot() };
  if (family === ROWS) return { family: 'rows', columns: rows.snapshot() };
  return { family: 'distinct', columns: distinct.snapshot() };
}
