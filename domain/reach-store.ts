/** Who was reached and where, past the cut: impressions by title and row, and registers of who started a title. Mutable. */
import { createRegisters, eachRegister, unite, type DistinctColumns, type Registers } from './distinct.ts';
import type { TitleId } from './ids.ts';
import type { CountSource } from './merge.ts';
import { ROW_MEASURE_COUNT, type RowColumns } from './row-counts.ts';
import { textAt, textColumn } from './text-column.ts';

/** Ranks to a register in `DistinctColumns.packed`. */
const RANKS = 64;

export interface ReachStore {
  /** Adds entries, or takes away what was added before. Entries that come to nothing are forgotten. */
  addRows(rows: RowColumns, sign: 1 | -1): void;
  addDistinct(columns: DistinctColumns): void;
  clearDistinct(): void;
  /** Everything there is: rows by title, and registers by title over all time. */
  dump(): { readonly rows: RowColumns; readonly distinct: DistinctColumns };
  readonly eachRow: CountSource['eachRow'];
  readonly addDistinctOf: CountSource['addDistinct'];
}

export function createReachStore(): ReachStore {
  const rows = new Map<TitleId, Map<string, Float64Array>>();
  const registers = new Map<TitleId, Registers>();

  return {
    addRows({ size, titles, rows: names, measures }, sign) {
      for (let i = 0; i < size; i++) {
        const title = textAt(titles, i);
        const name = textAt(names, i);
        let ofTitle = rows.get(title);
        if (ofTitle === undefined) rows.set(title, (ofTitle = new Map<string, Float64Array>()));
        let sums = ofTitle.get(name);
        if (sums === undefined) ofTitle.set(name, (sums = new Float64Array(ROW_MEASURE_COUNT)));
        for (let m = 0; m < ROW_MEASURE_COUNT; m++) sums[m]! += sign * measures[i * ROW_MEASURE_COUNT + m]!;
        if (sums.some((sum) => sum !== 0)) continue;
        ofTitle.delete(name);
        if (ofTitle.size === 0) rows.delete(title);
      }
    },
    addDistinct(columns) {
      eachRegister(columns, (group, register, rank) => {
        const title = textAt(columns.titles, group);
        let ofTitle = registers.get(title);
        if (ofTitle === undefined) registers.set(title, (ofTitle = createRegisters()));
        if (ofTitle[register]! < rank) ofTitle[register] = rank;
      });
    },
    clearDistinct: () => registers.clear(),
    dump: () => ({ rows: rowColumns(rows), distinct: distinctColumns(registers) }),
    eachRow(title, visit) {
      for (const [row, sums] of rows.get(title) ?? []) visit(row, sums, 0);
    },
    addDistinctOf(title, out) {
      const ofTitle = registers.get(title);
      if (ofTitle !== undefined) unite(out, ofTitle);
    },
  };
}

function rowColumns(rows: ReadonlyMap<TitleId, ReadonlyMap<string, Float64Array>>): RowColumns {
  const each = Array.from(rows, ([title, ofTitle]) =>
    Array.from(ofTitle, ([name, sums]) => ({ title, name, sums })),
  ).flat();
  const measures = new Float64Array(each.length * ROW_MEASURE_COUNT);
  each.forEach(({ sums }, i) => measures.set(sums, i * ROW_MEASURE_COUNT));
  return {
    size: each.length,
    titles: textColumn(each.map(({ title }) => title)),
    rows: textColumn(each.map(({ name }) => name)),
    measures,
  };
}

function distinctColumns(registers: ReadonlyMap<TitleId, Registers>): DistinctColumns {
  const packed: number[] = [];
  const counts = Array.from(registers.values(), (ranks) => {
    const before = packed.length;
    ranks.forEach((rank, register) => {
      if (rank > 0) packed.push(register * RANKS + rank);
    });
    return packed.length - before;
  });
  return {
    size: registers.size,
    titles: textColumn([...registers.keys()]),
    hours: new Int32Array(registers.size).fill(-1),
    counts: Int32Array.from(counts),
    packed: Uint16Array.from(packed),
  };
}
