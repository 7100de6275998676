/** Clean records of one profile, with only what a test is about said. */
import { profileId } from '../../domain/ids.ts';
import { kindSpec, type EventKind } from '../../domain/events/contract.ts';
import type { CleanRecord, Enriched, MarqueeEvent } from '../../domain/events/event.ts';
import type { KeyedInput } from '../../domain/keyed-fold.ts';
import { timeStatusOf, type EpochMs } from '../../domain/time.ts';

/** What the test says of an event; ids may be plain text. */
export type EventOf = Readonly<Record<string, unknown>> & {
  readonly kind: EventKind;
  readonly eventTime: EpochMs;
};

export const PROFILE = profileId('p');

/** A record as the extractor would append it, `delayMs` after the event. Offsets are set by `inLogOrder`. */
export function recordOf(event: EventOf, enriched?: Enriched, delayMs = 0): CleanRecord {
  const appendTime = event.eventTime + delayMs;
  const whole = {
    profileId: PROFILE,
    country: 'US',
    eventId: `${event.kind}-${event.eventTime}`,
    ...event,
  } as unknown as MarqueeEvent;
  return {
    rawOffset: 0,
    appendTime,
    timeStatus: timeStatusOf(event.eventTime, appendTime),
    event: whole,
    ...(enriched === undefined ? {} : { enriched }),
  };
}

/** Records as a log: by append time, with offsets. Equal append times keep their order. */
export function inLogOrder(records: readonly CleanRecord[]): KeyedInput[] {
  return [...records]
    .sort((a, b) => a.appendTime - b.appendTime)
    .map((record, offset) => ({
      topic: kindSpec(record.event.kind).topic,
      partition: 0,
      offset,
      record: { ...record, rawOffset: offset },
    }));
}

export const shown = (
  title: string,
  row: string,
  eventTime: EpochMs,
  more: { readonly origin?: 'explicit' | 'synthetic'; readonly recommendationId?: string } = {},
  delayMs = 0,
): CleanRecord =>
  recordOf({ kind: 'impression', titleId: title, row, rank: 0, eventTime, ...more }, undefined, delayMs);
