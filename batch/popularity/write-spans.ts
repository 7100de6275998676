/** Parts by span: what was counted of each, and what stays of the version before. */
import { rm } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LocalPart } from '../parts.ts';
import {
  basePartsSql,
  firstBucketOf,
  firstRecentDay,
  PART_OF,
  partNamesOf,
  SPAN_TABLES,
  type SpanTable,
} from './base.ts';
import { readRows } from './read-rows.ts';
import { narrowed, type CodedRows } from './rows.ts';
import { dayOf, isWithin, spanInName, spanName, spanOf, type Span } from './spans.ts';
import { someAtATime, together } from './some-at-a-time.ts';
import { listedIn, united, write, type Writing } from './writing.ts';

/**
 * Counts spans in their order, and writes each while the next is counted. Resolves once all have been counted, with what
 * writes the last and gives the parts of all.
 */
export async function countSpans(
  writing: Writing,
  spans: readonly Span[],
): Promise<() => Promise<LocalPart[]>> {
  const parts: LocalPart[] = [];
  let writeLast = (): Promise<LocalPart[]> => Promise.resolve([]);
  for (const span of spans) {
    // Before the rows of four weeks are held, no others are.
    if (isLong(span)) {
      parts.push(...(await writeLast()));
      writeLast = () => Promise.resolve([]);
    }
    const [written, counted] = await together(writeLast, () => countInto(writing, span));
    parts.push(...written);
    writeLast = () => writeCounted(writing, span, counted);
  }
  return async () => [...parts, ...(await writeLast())];
}

/** The parts of a span: none where they would be empty, but for the day of the version. */
export async function writeSpan(writing: Writing, span: Span): Promise<LocalPart[]> {
  return writeCounted(writing, span, await countInto(writing, span));
}

/** Of a day: DuckDB compresses one while the rows of another are put together. */
const TABLES_AT_A_TIME = 2;

/** What a span comes to, in blocks that are put together by its keys. */
type SpanCounts = Record<SpanTable, CodedRows[]>;

async function writeCounted(
  writing: Writing,
  span: Span,
  counted: SpanCounts | undefined,
): Promise<LocalPart[]> {
  const { use, under, options, codes } = writing;
  const isCounted = counted !== undefined;
  const isKept = under?.keeps(span) === true;
  const mayBeEmpty = isWithin(spanOf(dayOf(options.asOf), options.asOf), span);
  const partOf = async (table: SpanTable): Promise<LocalPart | undefined> => {
    if (table === 'recent' && span.toDay <= firstRecentDay(options.asOf)) return undefined;
    const name = `${PART_OF[table]}-${spanName(span)}`;
    const names = isKept
      ? [...partNamesOf(table, under.parts, span), ...undivided(writing, table, span)]
      : [];
    const stays = !isCounted && names.length === 1 && names[0] === name && isOfItsDay(writing, table);
    const entry = stays ? listedIn(under, name) : undefined;
    if (entry !== undefined)
      return entry.rows > 0 || mayBeEmpty ? await writing.takeOver(name, entry) : undefined;
    // Given away, so that no more tables are held twice than are written at a time.
    const blocks = counted?.[table].splice(0) ?? [];
    for (const part of names) {
      const sql = stayingSql(writing, table, part);
      const rows = await use((connection) => readRows(connection, codes, table, sql));
      blocks.push(isLong(span) ? narrowed(rows) : rows);
    }
    const written = await write(writing, name, table, united(table, blocks));
    if (written.rows > 0 || mayBeEmpty) return written;
    await rm(written.path);
    return undefined;
  };
  const parts = await someAtATime(SPAN_TABLES, isLong(span) ? 1 : TABLES_AT_A_TIME, partOf);
  return parts.filter((part) => part !== undefined);
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

/** Counts a span, a day at a time: no cap goes over the end of one. What it adds to totals is put to that of other spans. */
async function countInto(
  { counted, options: { asOf }, totals }: Writing,
  span: Span,
): Promise<SpanCounts | undefined> {
  const days = counted?.days.filter((day) => day >= span.fromDay && day < span.toDay) ?? [];
  if (days.length === 0) return undefined;
  const fromBucket = span.toDay > firstRecentDay(asOf) ? firstBucketOf(asOf) : undefined;
  const blocks: SpanCounts = { recent: [], hours: [], row_hours: [], registers: [] };
  for (const day of days) {
    // Heartbeats, and what is read meanwhile, have their turn.
    await nextTurn();
    const ofDay = await counted!.of(day, fromBucket);
    totals.add(ofDay.hours);
    for (const table of SPAN_TABLES) blocks[table].push(isLong(span) ? narrowed(ofDay[table]) : ofDay[table]);
  }
  return blocks;
}

/** Of several days, whose rows are held until all of them have been counted. */
const isLong = ({ fromDay, toDay }: Span): boolean => toDay - fromDay > 1;

function stayingSql({ under, options }: Writing, table: SpanTable, part: string): string {
  const { parts, staying } = under!;
  const isRecent = table === 'recent';
  const stays = staying?.(isRecent ? 'bucket // 12' : 'hour') ?? 'true';
  const since = isRecent ? ` AND bucket >= ${firstBucketOf(options.asOf)}` : '';
  return `(SELECT * FROM ${basePartsSql(parts, [part])} WHERE ${stays}${since})`;
}

/** Parts in the order of their spans, among them those of the version's day, empty where nothing was appended on it. */
export async function withNewest(writing: Writing, bySpan: readonly LocalPart[]): Promise<LocalPart[]> {
  const { asOf } = writing.options;
  const newest = spanOf(dayOf(asOf), asOf);
  const isThere = bySpan.some(({ name }) => name === `${PART_OF.hours}-${spanName(newest)}`);
  const all = isThere
    ? bySpan
    : [...bySpan, ...(await writeSpan({ ...writing, counted: undefined }, newest))];
  return all.toSorted((a, b) => firstDayOf(a.name) - firstDayOf(b.name));
}

/** Of a part by span. */
const firstDayOf = (name: string): number =>
  SPAN_TABLES.map((table) => spanInName(name, PART_OF[table])).find((span) => span !== undefined)!.fromDay;
