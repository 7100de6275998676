/**
 * Turns ratings into the events that apps would have sent: pure, seeded, streaming. A rating becomes impressions of a
 * page, a play start, its stop and the rating; times are mapped linearly onto the last days before `endMs`.
 */
import { DAY_MS } from '../../domain/time.ts';
import type { DataSet, Rating } from '../../infra/datasets/data-set.ts';
import { createRandom, seedOf, type Random } from '../../infra/datasets/random.ts';
import { profileOf, type Profile } from './audience.ts';
import { runtimeSecondsOf } from './catalogue.ts';
import { createHeap } from './heap.ts';
import { pageView } from './impressions.ts';

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
  readonly kind: 'impression' | 'play_start' | 'play_stop' | 'rate';
  readonly eventId: string;
  readonly eventTime: number;
  readonly profileId: string;
  readonly [field: string]: string | number;
}

/** Impressions come at most so long before their play. */
const PAGE_MS = 60_000;
const SESSION_GAP_MS = 30 * 60_000;
const ABANDONED_BELOW_SECONDS = 120;

/** Seconds viewed: who rates low gives up early more often; most of the others see nearly all of it. */
function viewedSecondsOf(random: Random, rating: number, runtimeSeconds: number): number {
  if (random.chance(rating <= 2 ? 0.3 : 0.08)) return 10 + random.below(ABANDONED_BELOW_SECONDS - 10);
  const share = random.chance(0.3) ? 0.1 + 0.7 * random.next() : 0.85 + 0.15 * random.next();
  return Math.max(ABANDONED_BELOW_SECONDS, Math.floor(runtimeSeconds * share));
}

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

interface Play {
  readonly id: string;
  readonly at: number;
  readonly rating: Rating;
  readonly profile: Profile;
  readonly sessionId: string;
  readonly random: Random;
  readonly draw: () => string;
}

function eventsOf(play: Play, options: GeneratorOptions): DemoEvent[] {
  const { id, at, rating, profile, random } = play;
  const { titleId } = rating;
  const { profileId, country, device, appVersion, producer } = profile;
  const pageId = `page-${id}`;
  const { sessionId } = play;
  const envelope = { profileId, country, sessionId, device, region: options.region, appVersion, producer };
  const durationSeconds = runtimeSecondsOf(titleId, options.seed);
  const wanted = viewedSecondsOf(random, rating.rating, durationSeconds);
  const viewedSeconds = Math.min(wanted, Math.floor((options.endMs - at) / 1000));
  const stopAt = at + viewedSeconds * 1000;
  const page = pageView(random, titleId, play.draw);
  const place = page.own === undefined ? {} : { row: page.own.row, rank: page.own.rank };
  const shown = page.shown.map((impression, index): DemoEvent => {
    const eventTime = at - PAGE_MS + Math.floor(((index + random.next()) * PAGE_MS) / page.shown.length);
    return {
      kind: 'impression',
      eventId: `imp-${id}-${index}`,
      eventTime,
      ...envelope,
      pageId,
      ...impression,
    };
  });
  const playId = `play-${id}`;
  const played = { titleId, playId, durationSeconds };
  return [
    ...shown,
    {
      kind: 'play_start',
      eventId: playId,
      eventTime: at,
      ...envelope,
      pageId,
      ...played,
      positionSeconds: 0,
      ...place,
    },
    {
      kind: 'play_stop',
      eventId: `stop-${id}`,
      eventTime: stopAt,
      ...envelope,
      ...played,
      positionSeconds: viewedSeconds,
      viewedSeconds,
    },
    {
      kind: 'rate',
      eventId: `rate-${id}`,
      eventTime: Math.min(stopAt + 5_000, options.endMs),
      ...envelope,
      titleId,
      rating: rating.rating,
    },
  ];
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
    const play = { id, at, rating, profile, sessionId: sessionOf(profile, at), random, draw };
    for (const event of eventsOf(play, options)) pending.push(event.eventTime, event);
  }
  for (let event = pending.popBelow(Infinity); event; event = pending.popBelow(Infinity))
    yield numbered(event);
}
