/**
 * Clean records for the speed benchmark, partition by partition in raw order: four impressions to each play event, and
 * of plays as many starts as stops. Counts what any side must come to.
 */
import type { CleanRecord } from '../../domain/events/event.ts';
import type { MarqueeEvent } from '../../domain/events/event.ts';
import { hashProfile } from '../../domain/hash.ts';
import { isQualified } from '../../domain/measures.ts';
import { BUCKET_MS } from '../../domain/time.ts';
import type { CountedTopic } from '../../domain/topics.ts';
import { partitionOfKey } from '../../infra/kafka/partitioner.ts';
import { createRandom } from '../../domain/random.ts';
import { COUNTRIES, countryWeights, createSampler, PROFILES, titleWeights } from './demand.ts';
import type { Counts } from './speed-lane.ts';

export interface SpeedEvent {
  readonly topic: CountedTopic;
  readonly partition: number;
  readonly record: CleanRecord;
}

export interface SpeedEvents {
  /** The next event of the log. */
  next(): SpeedEvent;
  /** What was counted by all events so far. */
  counts(): Counts;
}

export interface SpeedEventsOptions {
  readonly partitions: number;
  /** Events in all: they are appended within one bucket of log time, and happened up to a minute before. */
  readonly total: number;
  readonly seed: number;
}

const PLAY_EVERY = 5;
/** A play stops when so many plays have begun in its partition since. */
const OPEN_PLAYS = 500;
const LONGEST_DELAY_MS = 60_000;
const ROWS = ['trending', 'top-picks', 'because-you-watched', 'continue-watching', 'new-releases'];
const RUNTIME_SECONDS = 6120;

interface OpenPlay {
  readonly profileId: string;
  readonly country: string;
  readonly titleId: string;
  readonly playId: string;
}

interface Lane {
  rawOffset: number;
  playEvents: number;
  readonly open: OpenPlay[];
}

export function createSpeedEvents({ partitions, total, seed }: SpeedEventsOptions): SpeedEvents {
  const random = createRandom(seed).next;
  const titles = createSampler(titleWeights);
  const countries = createSampler(countryWeights);
  const lanes = Array.from({ length: partitions }, (): Lane => ({ rawOffset: 0, playEvents: 0, open: [] }));
  const begin = Math.floor(Date.now() / BUCKET_MS - 2) * BUCKET_MS;
  const counts = { plays: 0, qualifiedPlays: 0, impressions: 0, secondsViewed: 0 };
  let index = 0;

  const recordOf = (lane: Lane, event: object, appendTime: number, profileId: string): CleanRecord => {
    const enriched = {
      profileHash: hashProfile(profileId),
      ...ENRICHED,
    };
    lane.rawOffset += 1 + Math.floor(random() * 2);
    return {
      rawOffset: lane.rawOffset,
      appendTime,
      timeStatus: 'ok',
      event: event as MarqueeEvent,
      enriched,
    };
  };

  const stopped = (play: OpenPlay): object => {
    const viewedSeconds = Math.floor(random() * random() * 2 * RUNTIME_SECONDS * 10) / 20;
    counts.secondsViewed += Math.floor(viewedSeconds);
    if (isQualified(viewedSeconds, RUNTIME_SECONDS)) counts.qualifiedPlays += 1;
    return {
      kind: 'play_stop',
      playId: play.playId,
      positionSeconds: viewedSeconds,
      viewedSeconds,
      durationSeconds: RUNTIME_SECONDS,
    };
  };

  return {
    next() {
      const i = index++;
      const appendTime = begin + Math.floor((i * BUCKET_MS) / total);
      const eventTime = appendTime - Math.floor(random() * random() * LONGEST_DELAY_MS);
      const profile = Math.floor(random() * PROFILES);
      const profileId = `profile-${profile.toString(36).padStart(5, '0')}`;
      const partition = partitionOfKey(profileId, partitions);
      const lane = lanes[partition]!;
      const eventId = `01J9ZQ4T8M-${i.toString(36).padStart(12, '0')}`;
      const fresh: OpenPlay = {
        profileId,
        country: countryOf(profile, countries),
        titleId: `title-${titles(random(), random()).toString().padStart(5, '0')}`,
        playId: eventId,
      };
      const isPlay = i % PLAY_EVERY === 0;
      if (isPlay) lane.playEvents += 1;
      const isStop = isPlay && lane.open.length >= OPEN_PLAYS && lane.playEvents % 2 === 0;
      const about = isStop ? lane.open.shift()! : fresh;
      let payload: object;
      if (isStop) payload = stopped(about);
      else if (isPlay) {
        counts.plays += 1;
        lane.open.push(fresh);
        payload = { kind: 'play_start', playId: eventId, positionSeconds: 0, ...PLACED };
      } else {
        counts.impressions += 1;
        payload = { kind: 'impression', ...PLACED, row: ROWS[i % ROWS.length], rank: i % 75, rowLength: 75 };
      }
      const event = {
        ...{ eventId, eventTime, profileId: about.profileId, country: about.country, titleId: about.titleId },
        ...envelopeOf(i, profile),
        ...payload,
      };
      return {
        topic: isPlay ? 'plays' : 'impressions',
        partition,
        record: recordOf(lane, event, appendTime, about.profileId),
      };
    },
    counts: () => ({ ...counts }),
  };
}

const PLACED = { row: ROWS[0], rank: 0, titleKind: 'film' };
const ENRICHED = {
  rootTitleId: 'title-00000',
  knownKind: 'film',
  genres: 'Drama|Thriller',
  runtimeSeconds: RUNTIME_SECONDS,
  pageKind: 'home',
  rowKind: 'trending',
  rowIndex: 3,
  profileAnswer: 'fresh',
  profileSegment: 'segment-7',
  catalogueVersion: 1200,
  pagesVersion: 1100,
};

/** A profile lives in one country. */
function countryOf(profile: number, draw: (u: number, v: number) => number): string {
  const own = createRandom(profile).next;
  return COUNTRIES[draw(own(), own())]!;
}

/** What an app sends besides, to 1.2 KB of a clean record in all. */
function envelopeOf(i: number, profile: number): object {
  return {
    sessionId: `session-${profile}-${i % 3}`,
    device: 'tv',
    region: 'eu',
    appVersion: '8.41.2',
    producer: 'tv-app',
    producerSeq: i,
    pageId: `home-${i % 11}`,
    recommendationId: `rec-${profile}-${i % 17}`,
    extra: EXTRAS[i % EXTRAS.length],
  };
}

const EXTRAS = Array.from({ length: 64 }, (_, n) =>
  JSON.stringify({
    client: {
      model: 'Living Room 55 OLED (2025)',
      os: 'TV Platform 12.3.1 build 20260914',
      locale: 'en-GB',
      timezone: 'Europe/London',
      screen: { width: 3840, height: 2160, density: 1.5 },
      network: { type: 'wifi', downlinkMbps: 87.5, rttMs: 20 + n },
    },
    experiments: [
      { name: 'row-order-by-daypart', arm: 'b' },
      { name: 'artwork-per-taste', arm: 'control' },
      { name: 'autoplay-trailer-delay', arm: 'c' },
    ],
    artwork: {
      id: `artwork-${n * 131}`,
      url: `https://images.example.com/artwork/${n * 131}/w640.webp?quality=82&crop=center`,
      variant: 'ensemble',
      loadedMs: 120 + n,
    },
    viewport: { top: 412, left: 96 + n * 3, width: 304, height: 171, visibleShare: 0.98, scrollDepth: 0.37 },
    navigation: { from: 'profile-picker', previousPageId: `browse-${n}`, depth: 2, input: 'remote' },
    accessibility: { captions: 'off', audioDescription: false, textScale: 1, highContrast: false },
    trace: `00-4bf92f3577b34da6a3ce929d0e0e${n.toString(16).padStart(4, '0')}-00f067aa0ba902b7-01`,
  }),
);
