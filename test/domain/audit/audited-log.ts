/** A log of several producers over a few minutes, changed by a fault, taken into the audit's state. */
import { closeWindows, horizonOf } from '../../../domain/audit/horizon.ts';
import { findingsAt } from '../../../domain/audit/judge.ts';
import type { AuditLimits } from '../../../domain/audit/limits.ts';
import { createAuditState, type AuditState } from '../../../domain/audit/state.ts';
import { positionOf, takeClean, takeLetter } from '../../../domain/audit/take.ts';
import type { DeadLetter } from '../../../domain/audit/tally.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { country, eventId, profileId, titleId } from '../../../domain/ids.ts';
import { DAY_MS, HOUR_MS, type EpochMs } from '../../../domain/time.ts';
import { CLEAN_TOPICS, type CleanTopic } from '../../../domain/topics.ts';

export const BEGIN = Date.UTC(2026, 8, 7, 12);
export const PARTITIONS = 2;
export const LIMITS: AuditLimits = {
  windowMs: 10_000,
  keptWindows: 30,
  judgedMs: 60_000,
  settleMs: 2000,
  maxProducers: 16,
  maxRows: 16,
  maxPlays: 1000,
  refusedShare: 0.02,
  leastRecords: 5,
  faultyShare: 0.05,
  sequenceShare: 0.001,
  sequenceGraceMs: 20_000,
  driftMs: HOUR_MS,
  absence: {
    leastSilenceMs: 30_000,
    probability: 1e-9,
    declineMs: HOUR_MS / 2,
    gapFactor: 3,
    leastArrivals: 20,
    forgetMs: 7 * DAY_MS,
  },
};
export const EXPECTED = CLEAN_TOPICS.flatMap((topic) =>
  Array.from({ length: PARTITIONS }, (_, partition) => `${topic}/${partition}`),
);

/** One record of the log, of the one kind or the other. */
export type Entry =
  | { readonly type: 'clean'; readonly topic: CleanTopic; readonly record: CleanRecord }
  | { readonly type: 'dead'; readonly letter: DeadLetter; readonly rawOffset: number };

/** What a fault makes of an entry; undefined for nothing at all. */
export type Fault = (entry: CleanRecord, seq: number) => Entry | readonly Entry[] | undefined;

export const clean = (record: CleanRecord): Entry => ({
  type: 'clean',
  topic: record.event.kind === 'impression' ? 'impressions' : 'plays',
  record,
});

export const refused = (record: CleanRecord, code: string, field?: string): Entry => ({
  type: 'dead',
  rawOffset: record.rawOffset,
  letter: {
    code,
    ...(field === undefined ? {} : { field }),
    producer: record.event.producer ?? '',
    ...(record.event.producerSeq === undefined ? {} : { producerSeq: record.event.producerSeq }),
    appVersion: '9.9',
    appendTime: record.appendTime,
  },
});

export interface Scenario {
  readonly producers: Readonly<Record<string, { readonly perSecond: number; readonly fault?: Fault }>>;
  /** Faults begin … */
  readonly faultAt: EpochMs;
  /** … and the log ends. */
  readonly end: EpochMs;
}

/** The entries of a scenario in the order of their append time. */
export function entriesOf({ producers, faultAt, end }: Scenario): Entry[] {
  const entries: { readonly at: EpochMs; readonly entry: Entry }[] = [];
  for (const [name, { perSecond, fault }] of Object.entries(producers)) {
    const count = Math.floor(((end - BEGIN) / 1000) * perSecond);
    for (let seq = 0; seq < count; seq++) {
      const at = BEGIN + Math.floor((seq * 1000) / perSecond);
      const record = recordOf(name, seq, at);
      const made = at >= faultAt && fault !== undefined ? fault(record, seq) : clean(record);
      for (const entry of made === undefined ? [] : [made].flat()) entries.push({ at, entry });
    }
  }
  return entries.sort((a, b) => a.at - b.at).map(({ entry }) => entry);
}

export function recordOf(producer: string, seq: number, at: EpochMs): CleanRecord {
  const shared = {
    eventId: eventId(`${producer}-${seq}`),
    eventTime: at - 300,
    profileId: profileId(`p${seq % 17}`),
    country: country('SE'),
    titleId: titleId(`t${seq % 5}`),
    producer,
    producerSeq: seq,
    pageId: 'home',
  };
  return {
    rawOffset: at - BEGIN,
    appendTime: at,
    timeStatus: 'ok',
    event:
      seq % 3 === 0
        ? { ...shared, kind: 'play_start' }
        : { ...shared, kind: 'impression', row: 'trending', rank: seq % 9 },
    enriched: { catalogueVersion: 1, pagesVersion: 1, knownKind: 'film', pageKind: 'home' },
  };
}

export interface Audited {
  readonly state: AuditState;
  /** Takes entries; those of one producer alternate between partitions. */
  take(entries: readonly Entry[]): void;
  /**
   * The broker said of every partition, but the one it does not answer for, that there is nothing more; extract had decided
   * the raw log up to `reached`, by partition, or up to `now`. Answers `producer what` of every finding, sorted.
   */
  judge(now: EpochMs, unanswered?: string, reached?: readonly EpochMs[]): string[];
}

export function createAudited(limits = LIMITS, state = createAuditState(BEGIN, limits.windowMs)): Audited {
  return {
    state,
    take(entries) {
      for (const entry of entries) take(state, entry, limits);
    },
    judge(now, unanswered, reached = []) {
      for (const at of EXPECTED) {
        if (at === unanswered) continue;
        const [topic = '', partition] = at.split('/');
        positionOf(state, topic, Number(partition)).provenAt = reached[Number(partition)] ?? now;
      }
      const horizon = horizonOf(state, EXPECTED, limits);
      closeWindows(state, horizon, limits);
      // As if they had been told of.
      state.untold.clear();
      return findingsAt(state, horizon, limits)
        .map(({ producer, what }) => `${producer} ${what}`)
        .sort();
    },
  };
}

function take(state: AuditState, entry: Entry, limits: AuditLimits): void {
  if (entry.type === 'dead') {
    const offset = positionOf(state, 'dead-letters', 0).next;
    return takeLetter(state, { partition: 0, offset }, undefined, entry.letter, limits);
  }
  const partition = (entry.record.event.producerSeq ?? 0) % PARTITIONS;
  const position = positionOf(state, entry.topic, partition);
  const place = { partition, offset: position.next };
  // In one partition raw offsets rise; here every producer writes the same milliseconds.
  const record = { ...entry.record, rawOffset: position.rawHigh + 1 };
  takeClean(state, entry.topic, place, record, limits);
}
