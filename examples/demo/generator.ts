/**
 * Turns ratings into the events that apps would have sent: pure, seeded, streaming. A rating becomes a visit with events
 * of every kind; times are mapped linearly onto the last days before `endMs`.
 */
import type { EventKind } from '../../domain/events/contract.ts';
import { DAY_MS } from '../../domain/time.ts';
import type { DataSet, Rating } from '../../infra/datasets/data-set.ts';
import { createRandom, seedOf } from '../../domain/random.ts';
import { profileOf, type Profile } from './audience.ts';
import { createHeap } from './heap.ts';
import { eventsOf, PAGE_MS } from './visit.ts';

export interface GeneratorOptions {
  readonly seed: number;
  /** When the last rating happens, milliseconds since the epoch; nothing is later. */
  readonly endMs: number;
  /** How long the ratings are spread over. */
  readonly spanMs: number;
  /** How many ratings are used, from the oldest. */
  readonly limit: number;
  readonly region: string;
  /** In front of every event id, so that two runs are two sets of events. */
  readonly runId: string;
}

export const GENERATOR_DEFAULTS = { seed: 1, spanMs: 6 * DAY_MS, limit: 100_000 } as const;

/** An event as an app sends it; the contract's fields, of which `kind` decides. */
export interface DemoEvent {
  readonly kind: EventKind;
  readonly eventId: string;
  readonly eventTime: number;
  readonly profileId: string;
  readonly [field: string]: unknown;
}

const SESSION_GAP_MS = 30 * 60_000;

/** Maps the ratings' times onto [endMs − spanMs, endMs]. */
function timeMapper(ratings: readonly Rating[], options: GeneratorOptions): (rating: Rating) => number {
  const first = ratings[0]?.timeSeconds ?? 0;
  const length = Math.max(1, (ratings.at(-1)?.timeSeconds ?? 0) - first);
  const start = options.endMs - options.spanMs;
  return ({ timeSeconds }) => start + Math.floor((options.spanMs * (timeSeconds - first)) / length);
}

/** Names the session of each play: a new one after half an hour without any. */
function sessionNamer(): (profile: Profile, at: number) => string {
  const last = new Map<string, { at: number; count: number }>();
  return ({ profileId }, at) => {
    const before = last.get(profileId);
    const count = before === undefined ? 1 : before.count + (at - before.at > SESSION_GAP_MS ? 1 : 0);
    last.set(profileId, { at, count });
    return `${profileId}-s${count}`;
  };
}

/** Numbers what each producer sends, in the order it is sent. */
function sequencer(): (event: DemoEvent) => DemoEvent {
  const next = new Map<string, number>();
  return (event) => {
    const producer = String(event['producer']);
    const producerSeq = next.get(producer) ?? 0;
    next.set(producer, producerSeq + 1);
    return { ...event, producerSeq };
  };
}

/** All events in time order; equal times in the order of the ratings. Holds only the plays still running. */
export function* generateEvents(data: DataSet, options: GeneratorOptions): Generator<DemoEvent> {
  const ratings = data.ratings.slice(0, options.limit);
  const timeOf = timeMapper(ratings, options);
  const sessionOf = sessionNamer();
  const numbered = sequencer();
  const profiles = new Map(data.users.map((userId) => [userId, profileOf(userId, options.seed)]));
  const titles = new Map(data.titles.map((title) => [title.titleId, title]));
  const pending = createHeap<DemoEvent>();
  for (const [index, rating] of ratings.entries()) {
    const at = timeOf(rating);
    for (let event = pending.popBelow(at - PAGE_MS); event; event = pending.popBelow(at - PAGE_MS)) {
      yield numbered(event);
    }
    const profile = profiles.get(rating.userId) ?? profileOf(rating.userId, options.seed);
    const random = createRandom(seedOf(options.seed, 'play', index));
    // Drawing from the ratings themselves shows popular titles more often, as real pages do.
    const draw = (): string => ratings[random.below(ratings.length)]?.titleId ?? rating.titleId;
    const id = `${options.runId}-${String(index).padStart(6, '0')}`;
    const { name = rating.titleId, genres = [] } = titles.get(rating.titleId) ?? {};
    const told = { name, genre: genres[0] ?? 'unknown' };
    const visit = { id, at, rating, profile, sessionId: sessionOf(profile, at), random, draw, ...told };
    for (const event of eventsOf(visit, options)) pending.push(event.eventTime, event);
  }
  for (let event = pending.popBelow(Infinity); event; event = pending.popBelow(Infinity))
    yield numbered(event);
}
