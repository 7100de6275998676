/** Logs of plays and impressions, and the same logs with the titles of some plays wrong. */
import type { DerivedRecord } from '../../domain/events/derived.ts';
import type { CleanRecord } from '../../domain/events/event.ts';
import { profileId } from '../../domain/ids.ts';
import { HOUR_MS } from '../../domain/time.ts';
import type { CleanTopic } from '../../domain/topics.ts';
import { createRowBuffer } from '../../streaming/sink/row-buffer.ts';
import { generateLogs, type PartitionLogs } from './attribution-log.ts';
import { recordOf } from './profile-records.ts';

export type Plays = (plays: readonly CleanRecord[]) => readonly CleanRecord[];

const LEFT = 12;

/** By partition: what `generateLogs` makes, and after it plays of one profile that it left soon. */
export const LOGS: readonly PartitionLogs[] = generateLogs(11, {
  ...{ sessions: 95, profiles: 8, partitions: 2 },
}).map(({ plays, impressions }, at) => {
  const all = [...plays, ...leftSoon(`p${at}`, plays.at(-1)!)];
  // Both logs have come as far: what was played before the last is final.
  const [{ appendTime, rawOffset }, shown] = [all.at(-1)!, impressions.at(-1)!];
  const event = { ...shown.event, eventId: `last-${at}`, eventTime: appendTime } as typeof shown.event;
  const last = { ...shown, event, appendTime, rawOffset: rawOffset + 1, timeStatus: 'ok' as const };
  return { plays: all, impressions: [...impressions, last] };
});

function leftSoon(profile: string, { appendTime, rawOffset }: CleanRecord): CleanRecord[] {
  return Array.from({ length: LEFT + 1 }, (_, n) => {
    // Once the last comes, the others are final.
    const eventTime = appendTime + 12 * HOUR_MS * (n === LEFT ? 2 * LEFT : n + 1);
    const of = { profileId: profileId(profile), titleId: `film-${n % 5}`, playId: `left-${n}` };
    const viewed = { positionSeconds: 60, viewedSeconds: 60 };
    return [
      recordOf({ ...of, kind: 'play_start', eventId: `left-${n}`, eventTime, positionSeconds: 0 }),
      recordOf({ ...of, ...viewed, kind: 'play_stop', eventId: `stop-${n}`, eventTime: eventTime + 60_000 }),
    ];
  })
    .flat()
    .map((record, n) => ({ ...record, rawOffset: rawOffset + 10_000 + n }));
}

/** Of every third play of the second half the title was another. */
export const isWronged = (n: number, of: number): boolean => n > of / 2 && n % 3 === 0;
export const right: Plays = (plays) => plays;
export const wronged: Plays = (plays) =>
  plays.map((record, n) =>
    isWronged(n, plays.length)
      ? ({ ...record, event: { ...record.event, titleId: 'wrong' } } as unknown as CleanRecord)
      : record,
  );

/** Rows of the lake. */
export const rowsOf = (
  topic: CleanTopic,
  partition: number,
  records: readonly CleanRecord[],
  offsets?: number[],
) => {
  const buffer = createRowBuffer(topic);
  for (const [i, record] of records.entries())
    buffer.push({ offset: offsets?.[i] ?? i, record, schemaFingerprint: 'f', bytes: 100 });
  const columns = buffer.columns();
  return { generation: 'g1', partition, follows: -1, rowCount: records.length, columns };
};

export interface SaidWord<R> {
  readonly partition: number;
  readonly record: R;
}

/** The newest word under each key, without what is passing. */
export function answers(said: readonly SaidWord<DerivedRecord>[]): Map<string, object> {
  const newest = new Map<string, DerivedRecord>();
  for (const { record } of said)
    if ((newest.get(record.upsertKey)?.version ?? -1) < record.version) newest.set(record.upsertKey, record);
  return new Map(
    [...newest].map(([key, record]) => {
      const {
        version: _,
        appendTime: __,
        isFinal: ___,
        ...answer
      } = record as DerivedRecord<'attributed-plays'>;
      return [key, answer];
    }),
  );
}
