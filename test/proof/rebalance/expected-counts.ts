/**
 * What must be counted, worked out from the known log by the definitions alone (domain/measures.ts), without the counting
 * fold; and what is counted, out of the speed view.
 */
import { textAt } from '../../../domain/text-column.ts';
import { eachRegister, hourOf, rankOf, registerOf } from '../../../domain/distinct.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import {
  CAP_COUNT,
  CAP_WINDOW_MS,
  CAPPED_AFTER,
  countedRecord,
  isQualified,
  IMPRESSIONS,
  MEASURE_COUNT,
  PLAYS,
  QUALIFIED_PLAYS,
  QUALIFY_WINDOW_MS,
  SECONDS_VIEWED,
} from '../../../domain/measures.ts';
import { ROW_MEASURE_COUNT } from '../../../domain/row-counts.ts';
import type { FamilyPart } from '../../../domain/speed-view.ts';
import { bucketOf } from '../../../domain/time.ts';
import { COUNTED_TOPICS } from '../../../domain/topics.ts';

/** `cell title country bucket` → measures; `row title row` → measures; `distinct title hour register` → rank. */
export type Entries = Map<string, number[]>;

export interface ExpectedCounts {
  /** The next record of a clean topic-partition; one sent again counts nothing, nor does one of another topic. */
  take(topic: string, partition: number, record: CleanRecord): void;
  readonly entries: Entries;
}

export function createExpectedCounts(): ExpectedCounts {
  const entries: Entries = new Map();
  const rawHigh = new Map<string, number>();
  /** How much of a cap is used up, by lane and window. */
  const caps = new Map<string, { window: number; used: Map<string, number> }>();
  const proofs = new Map<string, number>();

  const isWithinCap = (lane: string, { appendTime, event }: CleanRecord, measure: number): boolean => {
    const window = Math.floor(appendTime / CAP_WINDOW_MS);
    const found = caps.get(lane);
    const cap = found?.window === window ? found : { window, used: new Map<string, number>() };
    caps.set(lane, cap);
    const key = `${event.profileId} ${titleOf(event)} ${measure}`;
    const used = cap.used.get(key) ?? 0;
    cap.used.set(key, used + 1);
    return used < CAP_COUNT;
  };

  const isFirstProof = (lane: string, { appendTime, event }: CleanRecord, playId: string): boolean => {
    const key = `${lane} ${event.profileId} ${playId}`;
    const before = proofs.get(key);
    proofs.set(key, appendTime);
    return before === undefined || appendTime - before > QUALIFY_WINDOW_MS;
  };

  const measuresOf = (lane: string, record: CleanRecord): number[] => {
    const { kind, origin, playId, viewedSeconds, durationSeconds, runtimeSeconds } = countedRecord(record);
    const counted = new Array<number>(MEASURE_COUNT).fill(0);
    const count = (measure: number, amount: number): void => {
      counted[measure] = amount;
      if (isWithinCap(lane, record, measure)) counted[measure + CAPPED_AFTER] = amount;
    };
    if (kind === 'play_start') count(PLAYS, 1);
    if (kind === 'impression' && origin !== 'synthetic') count(IMPRESSIONS, 1);
    if (kind !== 'play_stop') return counted;
    count(SECONDS_VIEWED, Math.floor(viewedSeconds ?? 0));
    const isProof =
      playId !== undefined && isQualified(viewedSeconds ?? 0, durationSeconds ?? runtimeSeconds);
    if (isProof && isFirstProof(lane, record, playId)) count(QUALIFIED_PLAYS, 1);
    return counted;
  };

  return {
    entries,
    take(topic, partition, record) {
      if (!(COUNTED_TOPICS as readonly string[]).includes(topic)) return;
      const lane = `${topic}/${partition}`;
      if (record.rawOffset <= (rawHigh.get(lane) ?? -1)) return;
      rawHigh.set(lane, record.rawOffset);
      const { kind, eventTime, country, titleId: title, row, profileHash } = countedRecord(record);
      const counted = measuresOf(lane, record);
      if (kind === 'impression' && counted[IMPRESSIONS] === 0) return;
      const bucket = bucketOf(eventTime, record.timeStatus);
      add(entries, `cell ${title} ${country} ${bucket}`, counted);
      if (kind === 'impression' && row !== undefined)
        add(entries, `row ${title} ${row}`, [1, counted[IMPRESSIONS + CAPPED_AFTER]!]);
      if (kind === 'play_start' && profileHash !== undefined)
        raise(entries, `distinct ${title} ${hourOf(bucket)} ${registerOf(profileHash)}`, rankOf(profileHash));
    },
  };
}

/** The same entries out of published chunks, each block's once. */
export function entriesOf(parts: Iterable<FamilyPart>): Entries {
  const entries: Entries = new Map();
  for (const part of parts) {
    if (part.family === 'cells') {
      const { size, titles, countries, buckets, measures } = part.columns;
      for (let i = 0; i < size; i++)
        add(
          entries,
          `cell ${textAt(titles, i)} ${textAt(countries, i)} ${buckets[i]}`,
          slice(measures, i, MEASURE_COUNT),
        );
    } else if (part.family === 'rows') {
      const { size, titles, rows, measures } = part.columns;
      for (let i = 0; i < size; i++)
        add(entries, `row ${textAt(titles, i)} ${textAt(rows, i)}`, slice(measures, i, ROW_MEASURE_COUNT));
    } else {
      const { titles, hours } = part.columns;
      eachRegister(part.columns, (i, register, rank) => {
        raise(entries, `distinct ${textAt(titles, i)} ${hours[i]} ${register}`, rank);
      });
    }
  }
  return entries;
}

const titleOf = (event: CleanRecord['event']): string => ('titleId' in event ? event.titleId : '');

const slice = (measures: Float64Array, i: number, count: number): number[] =>
  Array.from(measures.subarray(i * count, (i + 1) * count));

function add(entries: Entries, key: string, amounts: readonly number[]): void {
  const sums = entries.get(key);
  if (sums === undefined) entries.set(key, [...amounts]);
  else for (let m = 0; m < sums.length; m++) sums[m]! += amounts[m]!;
}

function raise(entries: Entries, key: string, rank: number): void {
  if ((entries.get(key)?.[0] ?? 0) < rank) entries.set(key, [rank]);
}
