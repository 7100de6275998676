/** What the parts of a version are written with. */
import { findPart, type Column, type PartEntry } from '../../domain/manifest.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { columnsOf, type LocalPart } from '../parts.ts';
import type { BaseParts } from './base.ts';
import type { Codes } from './codes.ts';
import type { CountedDays } from './counted-days.ts';
import type { ComputeOptions } from './job.ts';
import { noRows, uniteRows, type CodedRows } from './rows.ts';
import type { Span } from './spans.ts';
import { SHAPES, type CountedTable } from './tables.ts';
import { createTotals, type Totals } from './totals.ts';
import { writeRows } from './write-rows.ts';

export type Use = DuckDbLake['use'];

/** A version that what was counted is laid over. */
export interface Underlay {
  readonly parts: BaseParts;
  /** Its manifest's parts and time, by which those that stay are taken over; without it, every part is written. */
  readonly listed?: { readonly parts: readonly PartEntry[]; readonly asOf: number };
  /** Whether its rows of what was appended in a span stay. */
  keeps(span: Span): boolean;
  /** SQL of which of the rows kept stay, given an hour of event time. */
  readonly staying?: (hour: string) => string;
  /** Whether totals are its own and what was counted; else they are added up anew. */
  readonly addsTotals: boolean;
}

export interface Writing {
  /** Lends a connection for one part, so that several are written at a time; whoever counts or writes holds no other. */
  readonly use: Use;
  readonly options: ComputeOptions;
  readonly codes: Codes;
  /** None where nothing is counted. */
  readonly counted: CountedDays | undefined;
  readonly under: Underlay | undefined;
  /** What was counted of all spans so far. */
  readonly totals: Totals;
  /** Of parts that were written: all of a table have the same. */
  readonly columnsOf: Map<CountedTable, readonly Column[]>;
  takeOver(name: string, entry: PartEntry): Promise<LocalPart>;
}

export function openWriting(
  use: Use,
  options: ComputeOptions,
  { codes, counted }: Pick<Writing, 'codes' | 'counted'>,
  under?: Underlay,
): Writing {
  const columnsByPart = new Map<string, readonly Column[]>();
  return {
    columnsOf: new Map(),
    ...{ use, options, codes, counted, under, totals: createTotals(codes.names) },
    async takeOver(name, entry) {
      const path = under!.parts.partPaths[name]!;
      // All parts of a table have the same columns.
      const table = name.split('-')[0]!;
      const columns = columnsByPart.get(table) ?? (await use((connection) => columnsOf(connection, path)));
      columnsByPart.set(table, columns);
      return { ...entry, name, path, columns };
    },
  };
}

export async function write(
  { use, options: { outDir, onProgress }, codes: { names }, columnsOf }: Writing,
  name: string,
  table: CountedTable,
  rows: CodedRows,
): Promise<LocalPart> {
  onProgress?.(name);
  const columns = columnsOf.get(table);
  const part = await use((connection) =>
    writeRows(connection, { outDir, name, table, rows, names, columns }),
  );
  columnsOf.set(table, part.columns);
  return part;
}

/** Blocks as one, each key once; no rows where there is none. */
export function united(table: CountedTable, blocks: readonly CodedRows[]): CodedRows {
  const { keys, values, uniting } = SHAPES[table];
  return uniteRows([noRows(keys.length, values.length), ...blocks], uniting);
}

/** The entry of a part that may be taken over. */
export const listedIn = (under: Underlay | undefined, name: string): PartEntry | undefined =>
  under?.listed === undefined ? undefined : findPart(under.listed, name);
