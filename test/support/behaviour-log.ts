/** Generated behaviour of many profiles, as the clean log of one partition set: sessions of impressions, plays, searches. */
import type { CleanRecord, Enriched } from '../../domain/events/event.ts';
import { kindSpec } from '../../domain/events/contract.ts';
import { profileId } from '../../domain/ids.ts';
import type { CleanTopic } from '../../domain/topics.ts';
import { HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import { createRandom, type Random } from '../../domain/random.ts';
import { partitionOfKey } from '../../infra/kafka/partitioner.ts';
import { recordOf, type EventOf } from './profile-records.ts';

export interface BehaviourLogOptions {
  readonly seed: number;
  readonly profiles: number;
  readonly partitions: number;
  /** The newest append time is a little before this. */
  readonly until: number;
}

/** By partition and topic, in the order of the log; raw offsets are those of one raw log per partition. */
export type BehaviourLog = readonly Readonly<Record<CleanTopic, readonly CleanRecord[]>>[];

/** How long before `until` sessions begin, and how late their events come at most. */
const SPAN_MS = 30 * HOUR_MS;
const MOST_DELAY_MS = 2 * HOUR_MS;
const GENRES = ['Drama', 'Drama|Crime', 'Comedy', 'Horror'];

export function generateBehaviour({ seed, profiles, partitions, until }: BehaviourLogOptions): BehaviourLog {
  const random = createRandom(seed);
  const raw = Array.from({ length: partitions }, (): CleanRecord[] => []);
  for (let n = 0; n < profiles; n++) {
    // One of seven has an id that paths, stores and readers of text must take as it is.
    const id = profileId(n % 7 === 3 ? `\ufeff${n}/ü\n` : `profile-${n}`);
    const records = Array.from({ length: 1 + random.below(3) }, (_, s) =>
      session(random, `${n}.${s}`, until - MOST_DELAY_MS - 6 * HOUR_MS - random.below(SPAN_MS)),
    ).flat();
    raw[partitionOfKey(id, partitions)]!.push(
      ...records.map((record) => ({ ...record, event: { ...record.event, profileId: id } })),
    );
  }
  return raw.map((records) => {
    const log: Record<CleanTopic, CleanRecord[]> = {
      plays: [],
      impressions: [],
      interactions: [],
      searches: [],
    };
    records
      .sort((a, b) => a.appendTime - b.appendTime)
      .forEach((record, rawOffset) => {
        log[kindSpec(record.event.kind).topic].push({ ...record, rawOffset });
      });
    return log;
  });
}

/** A row of impressions, a search or two, then plays one after the other. */
function session(random: Random, name: string, start: number): CleanRecord[] {
  const records: CleanRecord[] = [];
  let [now, count] = [start, 0];
  const add = (event: Omit<EventOf, 'eventTime'>, enriched?: Enriched): string => {
    const eventId = `${name}-${count++}`;
    const delay = random.chance(0.2) ? random.below(MOST_DELAY_MS) : random.below(2000);
    records.push(recordOf({ eventId, ...event, eventTime: now } as unknown as EventOf, enriched, delay));
    return eventId;
  };
  for (let rank = 0; rank < 8; rank++) {
    const origin = random.chance(0.1) ? 'synthetic' : 'explicit';
    add({ kind: 'impression', titleId: `t${random.below(30)}`, row: `row-${random.below(3)}`, rank, origin });
    now += random.below(5000);
  }
  for (let i = random.below(4); i > 0; i--) {
    add({ kind: 'search', query: random.chance(0.5) ? 'dune' : ' Dune ' });
    now += random.below(50 * MINUTE_MS);
  }
  for (let i = random.below(6); i > 0; i--)
    now = play(
      random,
      add,
      () => now,
      (to) => (now = to),
    );
  return records;
}

function play(
  random: Random,
  add: (event: Omit<EventOf, 'eventTime'>, enriched?: Enriched) => string,
  now: () => number,
  goTo: (time: number) => number,
): number {
  const n = random.below(30);
  const titleId = `t${n}`;
  const runtimeSeconds = n % 3 === 0 ? 6000 : 1500;
  const genres = GENRES[n % GENRES.length]!;
  const enriched: Enriched =
    n % 3 === 0
      ? { rootTitleId: titleId, knownKind: 'film', runtimeSeconds, genres }
      : { rootTitleId: `s${n % 2}`, knownKind: 'episode', runtimeSeconds, genres };
  const playId = add({ kind: 'play_start', titleId, positionSeconds: 0 }, enriched);
  const viewed = random.chance(0.3)
    ? random.below(300)
    : Math.floor(runtimeSeconds * (0.5 + random.below(50) / 100));
  goTo(now() + viewed * 1000);
  add({ kind: 'play_stop', titleId, playId, positionSeconds: viewed, viewedSeconds: viewed }, enriched);
  return now() + random.below(25 * MINUTE_MS);
}
