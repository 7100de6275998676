/** Clean records for tests: arbitrary ones that count, and partition rows made of them. */
import fc from 'fast-check';
import type { CleanRecord, MarqueeEvent } from '../../domain/events/event.ts';
import type { PartitionRows } from '../../infra/lake/port.ts';
import type { LakeTable } from '../../infra/lake/tables.ts';
import { createRowBuffer } from '../../streaming/sink/row-buffer.ts';
import { DAY_MS, timeStatusOf } from '../../domain/time.ts';

/** Some day in 2026. */
export const LOG_START = 1_790_000_000_000;

const title = fc.constantFrom('t1', 't2', 't3', "t'4", 'Ünï');
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

const playEvent = fc.record(
  {
    kind: fc.constantFrom('play_start', 'play_pause', 'play_stop'),
    titleId: title,
    country,
    viewedSeconds: seconds,
    durationSeconds: fc.option(fc.oneof(fc.constant(480), seconds), { nil: undefined }),
  },
  { requiredKeys: ['kind', 'titleId', 'country', 'viewedSeconds'] },
);
const impressionEvent = fc.record({ kind: fc.constant('impression'), titleId: title, country });

function recordOf(body: object, { appendTime, lag }: { appendTime: number; lag: number }): CleanRecord {
  const eventTime = Math.max(0, appendTime - lag);
  const { kind } = body as { kind: string };
  const own = Object.entries(body).filter(
    ([name, value]) => value !== undefined && (name !== 'viewedSeconds' || kind === 'play_stop'),
  );
  const event = { eventId: 'e', profileId: 'p', eventTime, ...Object.fromEntries(own) };
  const timeStatus = timeStatusOf(eventTime, appendTime);
  return { rawOffset: 0, appendTime, timeStatus, event: event as unknown as MarqueeEvent };
}

interface Length {
  readonly minLength?: number;
  readonly maxLength: number;
}

export const arbitraryPlays = (length: Length): fc.Arbitrary<CleanRecord[]> =>
  fc.array(
    fc.tuple(playEvent, time).map(([body, at]) => recordOf(body, at)),
    { ...length, size: 'max' },
  );
export const arbitraryImpressions = (length: Length): fc.Arbitrary<CleanRecord[]> =>
  fc.array(
    fc.tuple(impressionEvent, time).map(([body, at]) => recordOf(body, at)),
    { ...length, size: 'max' },
  );

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
