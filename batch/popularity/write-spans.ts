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
import { listedIn, united, write, type Writing } from './writing.ts';

/** The parts of spans in their order; one is counted while the one before is written, of counts that were read already. */
export async function writeSpans(writing: Writing, spans: readonly Span[]): Promise<LocalPart[]> {
  const parts: LocalPart[] = [];
  let before: Promise<LocalPart[]> = Promise.resolve([]);
  for (const span of spans) {
    // Beside the rows of four weeks no others are held.
    if (isLong(span)) await before;
    const [written, counted] = await Promise.allSettled([before, countInto(writing, span)]);
    if (written.status === 'rejected') throw written.reason;
    if (counted.status === 'rejected') throw counted.reason;
    parts.push(...written.value);
    before = writeCounted(writing, span, counted.value);
  }
  return [...parts, ...(await before)];
}

/** The parts of a span: none where they would be empty, but for the day of the version. */
export async function writeSpan(writing: Writing, span: Span): Promise<LocalPart[]> {
  return writeCounted(writing, span, await countInto(writing, span));
}

/** What a span comes to, in blocks that are put together by its keys. */
type SpanCounts = Record<SpanTable, CodedRows[]>;

async function writeCounted(
  writing: Writing,
  span: Span,
  counted: SpanCounts | undefined,
): Promise<LocalPart[]> {
  const { connection, under, options, codes } = writing;
  const isCounted = counted !== undefined;
  const isKept = under?.keeps(span) === true;
  const mayBeEmpty = isWithin(spanOf(dayOf(options.asOf), options.asOf), span);
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

/** Counts a span, a day at a time: no cap goes over the end of one. What it adds to totals is put to that of other spans. */
async function countInto(
  { connection, counted, options: { asOf }, totals }: Writing,
  span: Span,
): Promise<SpanCounts | undefined> {
  const days = counted?.days.filter((day) => day >= span.fromDay && day < span.toDay) ?? [];
  if (days.length === 0) return undefined;
  const fromBucket = span.toDay > firstRecentDay(asOf) ? firstBucketOf(asOf) : undefined;
  const blocks: SpanCounts = { recent: [], hours: [], row_hours: [], registers: [] };
  for (const day of days) {
    // Heartbeats, and what is read meanwhile, have their turn.
    await nextTurn();
    const ofDay = await counted!.of(day, fromBucket, connection);
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
