/**
 * The log that the proof of moving partitions sends: a day and a half of what profiles do, in the order in which the
 * extractor would have appended it. Same seed and same `until`, same log.
 */
import { kindSpec } from '../../../domain/events/contract.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { hashProfile, hashText } from '../../../domain/hash.ts';
import { country, eventId, profileId, titleId, type ProfileId } from '../../../domain/ids.ts';
import { HOUR_MS, type EpochMs } from '../../../domain/time.ts';
import type { CleanTopic } from '../../../domain/topics.ts';
import { createRandom, seedOf } from '../../../domain/random.ts';
import { partitionOfKey } from '../../../infra/kafka/partitioner.ts';
import { generateBehaviour } from '../../support/behaviour-log.ts';

export interface KnownRecord {
  readonly partition: number;
  readonly topic: CleanTopic;
  readonly record: CleanRecord;
}

export interface KnownLogOptions {
  readonly seed: number;
  readonly events: number;
  readonly partitions: number;
  /** Append times are before this. */
  readonly until: EpochMs;
}

/** Fewer than a profile has on average, so that there are enough. */
const EVENTS_PER_PROFILE = 24;
const COUNTRIES = ['SE', 'DE', 'US'].map(country);
/** One profile in so many lends its events to a busy one, of which each partition has a few with few titles. */
const LENDING = 20;
const BUSY_PROFILES = 8;
const BUSY_TITLES = 2;
/** How often the end of a play is told once more, so much later. */
const ECHOES = 0.2;
const LONGEST_ECHO_MS = 10 * HOUR_MS;

/**
 * On top of common behaviour, what makes the state of counting matter at every moment: busy profiles that have used up
 * their caps in any hour, and plays that were proven before.
 */
export function knownLog({ seed, events, partitions, until }: KnownLogOptions): KnownRecord[] {
  const random = createRandom(seedOf(seed, 'known log'));
  const profiles = Math.ceil(events / EVENTS_PER_PROFILE);
  const log = generateBehaviour({ seed, profiles, partitions, until }).flatMap((topics, partition) => {
    const busy = Array.from({ length: BUSY_PROFILES }, (_, n) =>
      profileIn(partition, partitions, `busy-${n}`),
    );
    return Object.values(topics).flatMap((records) =>
      records.flatMap((record) => {
        const known = enriched(isLending(record) ? lent(record, busy) : record);
        return known.event.kind === 'play_stop' && random.chance(ECHOES)
          ? [known, echoed(known, random.below(LONGEST_ECHO_MS))]
          : [known];
      }),
    );
  });
  return appended(log.sort((a, b) => a.appendTime - b.appendTime).slice(0, events), partitions);
}

const isLending = ({ event }: CleanRecord): boolean => hashText(event.profileId) % LENDING === 0;

function lent(record: CleanRecord, busy: readonly ProfileId[]): CleanRecord {
  const { event } = record;
  const hash = hashText(event.profileId, 1);
  const title = 'titleId' in event ? { titleId: titleId(`t${hashText(event.titleId) % BUSY_TITLES}`) } : {};
  return { ...record, event: { ...event, ...title, profileId: busy[hash % busy.length]! } };
}

function echoed(record: CleanRecord, laterMs: EpochMs): CleanRecord {
  const { event, appendTime } = record;
  const again = {
    ...event,
    eventId: eventId(`${event.eventId}-again`),
    eventTime: event.eventTime + laterMs,
  };
  return { ...record, appendTime: appendTime + laterMs, event: again };
}

/** With the hash that distinct profiles are told by, and countries besides one. */
function enriched(record: CleanRecord): CleanRecord {
  const profileHash = hashProfile(record.event.profileId);
  const event = { ...record.event, country: COUNTRIES[profileHash % COUNTRIES.length]! };
  return { ...record, event, enriched: { ...record.enriched, profileHash } };
}

/** Records in the order of the log, with their place in it. */
function appended(records: readonly CleanRecord[], partitions: number): KnownRecord[] {
  const next = new Array<number>(partitions).fill(0);
  return records.map((record) => {
    const partition = partitionOfKey(record.event.profileId, partitions);
    const rawOffset = next[partition]!++;
    return { partition, topic: kindSpec(record.event.kind).topic, record: { ...record, rawOffset } };
  });
}

/**
 * What comes after the end, late enough that every answer is final: in each partition one profile that sees and plays
 * something, twice.
 */
export function epilogue(log: readonly KnownRecord[], partitions: number, afterMs: EpochMs): KnownRecord[] {
  const last = new Map<number, CleanRecord>();
  for (const { partition, record } of log) last.set(partition, record);
  return Array.from({ length: partitions }, (_, partition) => {
    const { rawOffset, appendTime } = last.get(partition) ?? {
      rawOffset: -1,
      appendTime: log[0]!.record.appendTime,
    };
    const profile = profileIn(partition, partitions, 'last');
    return (['impressions', 'plays', 'impressions', 'plays'] as const).map((topic, i): KnownRecord => {
      const time = appendTime + afterMs + i;
      const event = {
        ...{ eventId: `end-${partition}-${i}`, eventTime: time, profileId: profile, country: COUNTRIES[0]! },
        titleId: titleId('t0'),
        ...(topic === 'plays' ? { kind: 'play_start' } : { kind: 'impression', row: 'row-0', rank: 0 }),
      } as CleanRecord['event'];
      return {
        ...{ partition, topic },
        record: enriched({ rawOffset: rawOffset + 1 + i, appendTime: time, timeStatus: 'ok', event }),
      };
    });
  }).flat();
}

/** Some profile that lives in a partition. */
function profileIn(partition: number, partitions: number, name: string): ProfileId {
  for (let n = 0; ; n++) {
    const id = profileId(`${name}-${n}`);
    if (partitionOfKey(id, partitions) === partition) return id;
  }
}
