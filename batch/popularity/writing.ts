/** How parts of a version come to be: one span after the other, then what is of all of them. */
import { rm } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MEASURE_LIMITS } from '../../domain/measures.ts';
import { BESIDE, findPart, type Column, type PartEntry } from '../../domain/manifest.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import { columnsOf, schemaOf, writePart, type LocalPart } from '../parts.ts';
import { aggregatesSql, closedHours } from './aggregates.ts';
import {
  AGGREGATES,
  basePartsSql,
  firstBucketOf,
  firstRecentDay,
  PART_OF,
  partNamesOf,
  SPAN_TABLES,
  type BaseParts,
  type SpanTable,
} from './base.ts';
import type { Codes } from './codes.ts';
import type { ComputeOptions, PopularityParts } from './job.ts';
import type { LoggedEvents } from './logged-events.ts';
import { MEASURE_NAMES, sumMeasuresSql } from './measure-columns.ts';
import { readRows } from './read-rows.ts';
import { narrowed, noRows, runsOf, uniteRows, type CodedRows } from './rows.ts';
import { allRows } from './keys.ts';
import { createScratch, type Scratch } from './scratch.ts';
import { countEvents } from './span-counts.ts';
import { dayOf, isWithin, spanInName, spanName, spanOf, type Span } from './spans.ts';
import { SHAPES, type CountedTable } from './tables.ts';
import { createTotals, type Totals } from './totals.ts';
import { writeRows } from './write-rows.ts';

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
  readonly connection: DuckDbConnection;
  readonly options: ComputeOptions;
  readonly codes: Codes;
  /** None where nothing is counted. */
  readonly events: LoggedEvents | undefined;
  readonly under: Underlay | undefined;
  /** What was counted of all spans so far. */
  readonly totals: Totals;
  readonly scratch: Scratch;
  takeOver(name: string, entry: PartEntry): Promise<LocalPart>;
}

/** Parts in the order of their spans, among them those of the version's day, empty where nothing was appended on it. */
export async function withNewest(writing: Writing, bySpan: readonly LocalPart[]): Promise<LocalPart[]> {
  const { asOf } = writing.options;
  const newest = spanOf(dayOf(asOf), asOf);
  const isThere = bySpan.some(({ name }) => name === `${PART_OF.hours}-${spanName(newest)}`);
  const all = isThere ? bySpan : [...bySpan, ...(await writeSpan({ ...writing, events: undefined }, newest))];
  return all.toSorted((a, b) => firstDayOf(a.name) - firstDayOf(b.name));
}

/** Of a part by span. */
const firstDayOf = (name: string): number =>
  SPAN_TABLES.map((table) => spanInName(name, PART_OF[table])).find((span) => span !== undefined)!.fromDay;

export async function finish(writing: Writing, bySpan: readonly LocalPart[]): Promise<PopularityParts> {
  const totals = await totalsOf(writing, bySpan);
  const whole = await write(writing, 'totals', 'totals', totals);
  const parts = [whole, ...bySpan, ...(await writeAggregates(writing, bySpan))];
  const rowCounts = Object.fromEntries(parts.map(({ name, rows }) => [name, rows]));
  return { parts, schema: schemaOf(parts), rowCounts, metrics: sumsOf(totals) };
}

export function openWriting(
  connection: DuckDbConnection,
  options: ComputeOptions,
  { codes, events }: Pick<Writing, 'codes' | 'events'>,
  under?: Underlay,
): Writing {
  const columnsByTable = new Map<string, readonly Column[]>();
  return {
    ...{ connection, options, codes, events, under, totals: createTotals(codes.names) },
    scratch: createScratch(),
    async takeOver(name, entry) {
      const path = under!.parts.partPaths[name]!;
      // All parts of a table have the same columns.
      const table = name.split('-')[0]!;
      const columns = columnsByTable.get(table) ?? (await columnsOf(connection, path));
      columnsByTable.set(table, columns);
      return { ...entry, name, path, columns };
    },
  };
}

export function write(
  { connection, options: { outDir, onProgress }, codes: { names } }: Writing,
  name: string,
  table: CountedTable,
  rows: CodedRows,
): Promise<LocalPart> {
  onProgress?.(name);
  return writeRows(connection, { outDir, name, table, rows, names });
}

/** The parts of a span: none where they would be empty, but for the day of the version. */
export async function writeSpan(writing: Writing, span: Span): Promise<LocalPart[]> {
  const { connection, under, options, codes } = writing;
  const days = daysIn(writing, span);
  const isCounted = days.length > 0;
  const isKept = under?.keeps(span) === true;
  const mayBeEmpty = isWithin(spanOf(dayOf(options.asOf), options.asOf), span);
  const counted = isCounted ? await countInto(writing, span, days) : undefined;
  const parts: LocalPart[] = [];
  for (const table of SPAN_TABLES) {
    if (table === 'recent' && span.toDay <= firstRecentDay(options.asOf)) continue;
    const name = `${PART_OF[table]}-${spanName(span)}`;
    const names = isKept
      ? [...partNamesOf(table, under.parts, span), ...undivided(writing, table, span)]
      : [];
    const stays = !isCounted && names.length === 1 && names[0] === name && isOfItsDay(writing, table);
    const entry = stays ? listedIn(under, name) : undefined;
    if (entry !== undefined) {
      if (entry.rows > 0 || mayBeEmpty) parts.push(await writing.takeOver(name, entry));
      continue;
    }
    // Given away, so that no more than one table is held twice.
    const blocks = counted?.[table].splice(0) ?? [];
    for (const part of names) {
      const rows = await readRows(connection, codes, table, stayingSql(writing, table, part));
      blocks.push(isLong(span) ? narrowed(rows) : rows);
    }
    const written = await write(writing, name, table, united(table, blocks));
    if (written.rows > 0 || mayBeEmpty) parts.push(written);
    else await rm(written.path);
  }
  return parts;
}

/** Versions from before recent buckets were parted by span have them in one part, which goes to the newest. */
const undivided = ({ under, options }: Writing, table: SpanTable, span: Span): string[] =>
  table === 'recent' &&
  under?.parts.partPaths['recent'] !== undefined &&
  isWithin(spanOf(dayOf(options.asOf), options.asOf), span)
    ? ['recent']
    : [];

/** Which buckets are recent is a matter of the day. */
const isOfItsDay = ({ under, options }: Writing, table: SpanTable): boolean =>
  table !== 'recent' || (under?.listed !== undefined && dayOf(under.listed.asOf) === dayOf(options.asOf));

const daysIn = ({ events }: Writing, { fromDay, toDay }: Span): number[] =>
  events?.days.filter((day) => day >= fromDay && day < toDay) ?? [];

/** Counts a span, a day at a time: no cap goes over the end of one. What it adds to totals is put to that of other spans. */
async function countInto(
  { connection, events, options: { asOf }, totals, scratch }: Writing,
  span: Span,
  days: readonly number[],
): Promise<Record<SpanTable, CodedRows[]>> {
  const fromBucket = span.toDay > firstRecentDay(asOf) ? firstBucketOf(asOf) : undefined;
  const blocks: Record<SpanTable, CodedRows[]> = { recent: [], hours: [], row_hours: [], registers: [] };
  for (const day of days) {
    // Heartbeats, and what is read meanwhile, have their turn.
    await nextTurn();
    const ofDay = await events!.of({ fromDay: day, toDay: day + 1 }, connection);
    const counted = countEvents(ofDay, fromBucket, MEASURE_LIMITS, scratch);
    totals.add(counted.hours);
    for (const table of SPAN_TABLES)
      blocks[table].push(isLong(span) ? narrowed(counted[table]) : counted[table]);
  }
  return blocks;
}

/** Of several days, whose rows are held until all of them have been counted. */
const isLong = ({ fromDay, toDay }: Span): boolean => toDay - fromDay > 1;

/** Blocks as one, each key once; no rows where there is none. */
export function united(table: CountedTable, blocks: readonly CodedRows[]): CodedRows {
  const { keys, values, uniting } = SHAPES[table];
  return uniteRows([noRows(keys.length, values.length), ...blocks], uniting);
}

const listedIn = (under: Underlay | undefined, name: string): PartEntry | undefined =>
  under?.listed === undefined ? undefined : findPart(under.listed, name);

function stayingSql({ under, options }: Writing, table: SpanTable, part: string): string {
  const { parts, staying } = under!;
  const isRecent = table === 'recent';
  const stays = staying?.(isRecent ? 'bucket // 12' : 'hour') ?? 'true';
  const since = isRecent ? ` AND bucket >= ${firstBucketOf(options.asOf)}` : '';
  return `(SELECT * FROM ${basePartsSql(parts, [part])} WHERE ${stays}${since})`;
}

async function totalsOf(
  { connection, codes, under, totals }: Writing,
  bySpan: readonly LocalPart[],
): Promise<CodedRows> {
  if (under === undefined) return totals.rows();
  if (under.addsTotals) {
    const own = basePartsSql(under.parts, ['totals']);
    totals.add(united('totals', [await readRows(connection, codes, 'totals', own)]));
    return totals.rows();
  }
  const summed = `(SELECT title_id, country, ${sumMeasuresSql()} FROM ${writtenSql(bySpan)} GROUP BY ALL)`;
  return united('totals', [await readRows(connection, codes, 'totals', summed)]);
}

function writtenSql(bySpan: readonly LocalPart[]): string {
  const partPaths = Object.fromEntries(bySpan.map(({ name, path }) => [name, path]));
  return basePartsSql({ partPaths }, partNamesOf('hours', { partPaths }));
}

async function writeAggregates(
  { connection, takeOver, under, options: { asOf, outDir, onProgress } }: Writing,
  bySpan: readonly LocalPart[],
): Promise<LocalPart[]> {
  const now = identity(closedHours(bySpan, asOf));
  const listed = under?.listed;
  const isSame =
    listed !== undefined &&
    dayOf(listed.asOf) === dayOf(asOf) &&
    identity(
      closedHours(
        listed.parts.map((part) => ({ ...part, name: part.name.replace(BESIDE, '') })),
        asOf,
      ),
    ) === now;
  const parts: LocalPart[] = [];
  for (const name of AGGREGATES) {
    const entry = isSame ? listedIn(under, name) : undefined;
    onProgress?.(name);
    parts.push(
      entry === undefined
        ? await writePart(connection, outDir, name, aggregatesSql(asOf, bySpan)[name])
        : await takeOver(name, entry),
    );
  }
  return parts;
}

const identity = (parts: readonly PartEntry[]): string =>
  parts
    .map(({ name, sha256 }) => `${name} ${sha256}`)
    .sort()
    .join('\n');

/** Of all titles, and how many there are. */
function sumsOf(totals: CodedRows): Record<string, number> {
  const sums = MEASURE_NAMES.map((name, m) => {
    let sum = 0;
    for (const value of totals.values[m]!) sum += value;
    return [name, sum];
  });
  const [title] = totals.keys;
  const titles = runsOf([title, title], allRows(totals.size)).length - 1;
  return { ...Object.fromEntries(sums), titles } as Record<string, number>;
}
