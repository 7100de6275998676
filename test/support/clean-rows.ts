/** Clean records for tests: arbitrary ones that count, and partition rows made of them. */
import fc from 'fast-check';
import type { CleanRecord, MarqueeEvent } from '../../domain/events/event.ts';
import type { PartitionRows } from '../../infra/lake/port.ts';
import type { LakeTable } from '../../infra/lake/tables.ts';
import { createRowBuffer } from '../../streaming/sink/row-buffer.ts';
import { DAY_MS, timeStatusOf } from '../../domain/time.ts';

/** Some day in 2026. */
export const LOG_START = 1_790_000_000_000;

const title = fc.constantFrom('t1', 't2', 't3', "t'4", '\ufefft1');
const country = fc.constantFrom('DE', 'US');
const seconds = fc.oneof(
  fc.constantFrom(0, 29.9, 30, 119.999, 120, 120.5, 480),
  fc.double({ min: 0, max: 10_000, noNaN: true }),
);
const time = fc.record({
  appendTime: fc.integer({ min: LOG_START, max: LOG_START + 3 * DAY_MS }),
  // Mostly near the append time, sometimes too far ahead or too old.
  lag: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: -290_000, max: 3 * DAY_MS }) },
    { weight: 1, arbitrary: fc.integer({ min: -10 * DAY_MS, max: 20 * DAY_MS }) },
  ),
});

const profileId = fc.constantFrom('p1', 'p2', 'p3');
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const enriched = fc.record({
  profileHash: optional(fc.oneof(fc.nat(2 ** 31 - 1), fc.maxSafeNat()).map((hash) => hash % 2 ** 52)),
  runtimeSeconds: optional(fc.constantFrom(0, 100, 480)),
});

const playEvent = fc.record({
  kind: fc.constantFrom('play_start', 'play_pause', 'play_resume', 'play_skip', 'play_stop'),
  profileId,
  titleId: title,
  playId: fc.constantFrom('x', 'y', 'z'),
  country,
  viewedSeconds: optional(seconds),
  durationSeconds: optional(fc.oneof(fc.constant(480), seconds)),
  enriched,
});
const impressionEvent = fc.record({
  kind: fc.constant('impression'),
  profileId,
  titleId: title,
  country,
  row: fc.constantFrom('trending', 'top-picks'),
  origin: optional(fc.constantFrom('explicit', 'synthetic')),
  enriched,
});

interface Body {
  readonly kind: string;
  readonly enriched: object;
}

const present = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

function recordOf({ enriched: added, ...body }: Body, at: { appendTime: number; lag: number }): CleanRecord {
  const { appendTime, lag } = at;
  const eventTime = Math.max(0, appendTime - lag);
  // A stop says how much was viewed, a start never does.
  const viewed = { play_stop: { viewedSeconds: 0 }, play_start: {} }[body.kind] ?? {};
  const sent = { ...viewed, ...present(body) };
  if (body.kind === 'play_start') delete sent.viewedSeconds;
  const event = { eventId: 'e', eventTime, ...sent } as unknown as MarqueeEvent;
  return {
    rawOffset: 0,
    appendTime,
    timeStatus: timeStatusOf(eventTime, appendTime),
    event,
    enriched: present(added),
  };
}

/** Append time never steps back along a partition. */
const inLogOrder = (records: CleanRecord[]): CleanRecord[] =>
  records.sort((a, b) => a.appendTime - b.appendTime);

interface Length {
  readonly minLength?: number;
  readonly maxLength: number;
}

export const arbitraryPlays = (length: Length): fc.Arbitrary<CleanRecord[]> =>
  fc
    .array(
      fc.tuple(playEvent, time).map(([body, at]) => recordOf(body, at)),
      { ...length, size: 'max' },
    )
    .map(inLogOrder);
export const arbitraryImpressions = (length: Length): fc.Arbitrary<CleanRecord[]> =>
  fc
    .array(
      fc.tuple(impressionEvent, time).map(([body, at]) => recordOf(body, at)),
      { ...length, size: 'max' },
    )
    .map(inLogOrder);

/** Rows of one partition from offset `from` on; the raw offset is twice the offset. */
export function partitionRows(
  table: LakeTable,
  partition: number,
  records: readonly CleanRecord[],
  { from = 0, generation = 'g1' } = {},
): PartitionRows {
  const buffer = createRowBuffer(table);
  records.forEach((record, i) => {
    const placed = { ...record, rawOffset: 2 * (from + i) };
    buffer.push({ offset: from + i, record: placed, schemaFingerprint: 'f', bytes: 0 });
  });
  return { generation, partition, follows: from - 1, rowCount: records.length, columns: buffer.columns() };
}

/** The same log `factor` times as fast: more of it in each window of caps. */
export const faster = (records: readonly CleanRecord[], factor: number): CleanRecord[] =>
  records.map((record) => {
    const appendTime = LOG_START + Math.floor((record.appendTime - LOG_START) / factor);
    const eventTime = record.event.eventTime + appendTime - record.appendTime;
    return { ...record, appendTime, event: { ...record.event, eventTime } };
  });
