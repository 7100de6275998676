/**
 * Clean records of profiles that look at pages and play titles, as the codec decodes them: four impressions to one event
 * of a play, titles, countries and profiles as in demand.ts. A page view shows one or two rows and
 * leads to a play at times; page views of many profiles are interleaved. Seeded: the same records at every call.
 */
import type { CleanRecord, MarqueeEvent } from '../../domain/events/event.ts';
import { hashProfile } from '../../domain/hash.ts';
import { MINUTE_MS, timeStatusOf } from '../../domain/time.ts';
import type { CleanTopic } from '../../domain/topics.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { createRandom, type Random } from '../../domain/random.ts';
import { COUNTRIES, createSampler, PROFILES, titleWeights } from './demand.ts';

export interface LogEntry {
  readonly topic: CleanTopic;
  readonly offset: number;
  readonly record: CleanRecord;
}

/** A record by the bytes that it has in the log. */
export interface EncodedEntry {
  readonly topic: CleanTopic;
  readonly offset: number;
  readonly bytes: Buffer;
}

export interface LogShape {
  readonly profiles: number;
  /** Page views under way at one moment. */
  readonly open: number;
  /** Impressions of a page view that its app sends at once, at most: what became visible together. */
  readonly sentTogether: number;
  readonly seed: number;
}

/** Five titles of a row are visible at once. */
export const PAGE_VIEWS: LogShape = { profiles: PROFILES, open: 2000, sentTogether: 5, seed: 1 };
/** The same with every event sent alone, so that no two of a profile follow each other. */
export const SCATTERED: LogShape = { ...PAGE_VIEWS, sentTogether: 1 };
/** Few profiles that come back again and again, whose states are as full as those of a profile of years. */
export const RETURNING: LogShape = { profiles: 4000, open: 500, sentTogether: 5, seed: 2 };

const ROWS = ['trending', 'top-picks', 'because-you-watched', 'continue-watching', 'new-releases', 'popular'];
const ROW_LENGTH = 75;
const LEAST_SHOWN = 8;
const START = Date.UTC(2026, 10, 1, 6);
/** Log time between two events. */
const GAP_MS = 20;
/** Attributes outside the contract, which travel with an impression of 1.2 KB. */
const EXTRA = JSON.stringify({
  client: { model: 'Living Room 55 OLED (2025)', os: 'TV Platform 12.3.1 build 20260914', locale: 'en-GB' },
  experiments: ['row-order-by-daypart:b', 'artwork-per-taste:control', 'autoplay-trailer-delay:c'],
  artwork: { url: 'https://images.example.com/artwork/4711/w640.webp?quality=82&crop=center', loadedMs: 132 },
  viewport: { top: 412, left: 408, width: 304, height: 171, visibleShare: 0.98, scrollDepth: 0.37 },
  navigation: { from: 'profile-picker', previousPageId: 'browse-17-3', depth: 2, input: 'remote' },
});

const drawTitle = createSampler(titleWeights);

interface PageView {
  readonly profile: number;
  readonly rows: readonly string[];
  readonly pageId: string;
  readonly shows: number;
  shown: number;
  readonly titles: number[];
  /** Events of its play still to come: start, pause, resume, stop. */
  plays: readonly string[];
  playId: string;
}

export interface ProfileLog {
  /** The next records in the order they were logged, offsets by topic. */
  take(count: number): (LogEntry & EncodedEntry)[];
}

export function createProfileLog(shape: LogShape = PAGE_VIEWS): ProfileLog {
  const random = createRandom(shape.seed);
  const codec = createCleanCodec();
  const offsets = { impressions: 0, plays: 0 };
  const views: PageView[] = Array.from({ length: shape.open }, () => openView(random, shape));
  let logged = 0;
  let [current, left] = [0, 0];
  const next = (): LogEntry & EncodedEntry => {
    // An event of a play is sent alone.
    if (left === 0 || views[current]!.shown >= views[current]!.shows) {
      current = random.below(views.length);
      left = shape.sentTogether;
    }
    left--;
    if (isOver(views[current]!)) views[current] = openView(random, shape);
    const rawOffset = logged++;
    const eventTime = START + rawOffset * GAP_MS;
    const event = nextEvent(random, views[current]!, rawOffset, eventTime);
    const topic = event.kind === 'impression' ? 'impressions' : 'plays';
    const appendTime = eventTime + 1000 + random.below(4000);
    const timeStatus = timeStatusOf(eventTime, appendTime);
    const bytes = codec.encodeClean(topic, {
      rawOffset,
      appendTime,
      timeStatus,
      event,
      enriched: enrichedOf(event),
    });
    // Through the codec, so that texts are nobody else's.
    return { topic, offset: offsets[topic]++, record: codec.decodeClean(topic, bytes), bytes };
  };
  return { take: (count) => Array.from({ length: count }, next) };
}

/** The first records of the log, all at once. */
export const sampleLog = (count: number, shape?: LogShape): LogEntry[] => createProfileLog(shape).take(count);

const isOver = ({ shown, shows, plays }: PageView): boolean => shown >= shows && plays.length === 0;

function openView(random: Random, { profiles }: LogShape): PageView {
  const first = random.below(ROWS.length);
  const shows = LEAST_SHOWN + random.below(9);
  return {
    profile: random.below(profiles),
    rows: [ROWS[first]!, ROWS[(first + 1) % ROWS.length]!],
    pageId: `home-${random.below(11)}`,
    shows,
    shown: 0,
    titles: [],
    plays: random.chance(0.75) ? ['play_start', 'play_pause', 'play_resume', 'play_stop'] : [],
    playId: '',
  };
}

function nextEvent(random: Random, view: PageView, index: number, eventTime: number): MarqueeEvent {
  const { profile, pageId } = view;
  const envelope = {
    eventId: `01J9ZQ4T8M${index.toString(36).toUpperCase().padStart(16, '0')}`,
    eventTime,
    profileId: `profile-${profile}`,
    country: COUNTRIES[profile % COUNTRIES.length],
    sessionId: `session-${profile}-${index % 3}`,
    ...{ device: 'tv', region: 'eu', appVersion: '8.41.2', producer: 'tv-app', producerSeq: index, pageId },
    recommendationId: `rec-${profile}-${index % 17}`,
    extra: EXTRA,
  };
  if (view.shown < view.shows) {
    const title = drawTitle(random.next(), random.next());
    const titleId = `title-${title}`;
    const row = view.rows[view.shown < view.shows / 2 ? 0 : 1]!;
    view.titles.push(title);
    const rank = view.shown++;
    const more = { titleId, row, rank, rowLength: ROW_LENGTH, viewportMs: 900 + random.below(4000) };
    return { kind: 'impression', ...envelope, ...more, titleKind: 'film' } as unknown as MarqueeEvent;
  }
  const [kind, ...rest] = view.plays;
  view.plays = rest;
  const titleId = `title-${view.titles[view.profile % view.titles.length]!}`;
  if (kind === 'play_start') {
    view.playId = envelope.eventId;
    return { kind, ...envelope, titleId, positionSeconds: 0 } as unknown as MarqueeEvent;
  }
  const viewedSeconds = (4 - rest.length) * 600;
  const more = { titleId, playId: view.playId, positionSeconds: viewedSeconds, viewedSeconds };
  return { kind, ...envelope, ...more } as unknown as MarqueeEvent;
}

const enrichedOf = ({ profileId, ...event }: MarqueeEvent) => ({
  profileHash: hashProfile(profileId),
  rootTitleId: 'titleId' in event ? event.titleId : '',
  ...{
    knownKind: 'film',
    genres: 'Drama|Thriller',
    runtimeSeconds: 6120,
    launchTime: START - 90 * 24 * 60 * MINUTE_MS,
  },
  ...{ pageKind: 'home', rowKind: 'trending', rowIndex: 2, profileSegment: 'segment-7', profileMaturity: 16 },
  ...{ profileCountry: 'GB', profileAnswer: 'fresh', catalogueVersion: 7, pagesVersion: 7 },
});

/** Searches of a few queries, a fifth of them repeated within minutes. */
export function createSearchLog(): ProfileLog {
  const random = createRandom(3);
  const codec = createCleanCodec();
  let logged = 0;
  const next = (): LogEntry & EncodedEntry => {
    const rawOffset = logged++;
    const eventTime = START + rawOffset * GAP_MS;
    const event = {
      ...{
        kind: 'search',
        eventId: `search-${rawOffset}`,
        eventTime,
        country: 'DE',
        device: 'tv',
        resultCount: 12,
      },
      profileId: `profile-${random.below(20_000)}`,
      query: `Query ${random.below(5)} of a title`,
    } as unknown as MarqueeEvent;
    const bytes = codec.encodeClean('searches', {
      rawOffset,
      appendTime: eventTime + 1000,
      timeStatus: 'ok',
      event,
    });
    return { topic: 'searches', offset: rawOffset, record: codec.decodeClean('searches', bytes), bytes };
  };
  return { take: (count) => Array.from({ length: count }, next) };
}
