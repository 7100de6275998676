/** One session of one viewer: pages are asked for, looked at, played from or left. */
import { createRandom, pickByShare, seedOf, type Random } from '../../domain/random.ts';
import { runtimeSecondsOf } from '../demo/catalogue.ts';
import { browse, type Sighting } from './browse.ts';
import type { ViewerMemory } from './memory.ts';
import type { AskPage, AskedPage, AudienceClock, AudienceEvent, TellEvents } from './page.ts';
import { hourOf, localHourOf, type Session } from './sessions.ts';

export interface VisitDeps {
  readonly ask: AskPage;
  readonly tell: TellEvents;
  readonly clock: AudienceClock;
  readonly seed: number;
  readonly region: string;
  /** In front of every event id, so that two runs are two sets of events. */
  readonly runId: string;
}

/** What came of a session. */
export interface VisitOutcome {
  readonly pages: number;
  readonly impressions: number;
  /** Plays of titles that a page had shown. */
  readonly plays: number;
  /** Those of titles that the viewer rated 4 or 5 in the data set. */
  readonly likedPlays: number;
  /** Plays that were searched for, since no page had them. */
  readonly searches: number;
}

/** Most pages of a session. */
const MOST_PAGES = 4;
/** After a play there is another page. */
const AGAIN_SHARE = 0.5;
/** Who finds nothing searches for what they want, or reloads the page, or leaves. */
const SEARCH_SHARE = 0.15;
const RELOAD_SHARE = 0.25;
const LIKED_FROM = 4;
const BROWSED_MS = 20_000;

export async function visit(session: Session, memory: ViewerMemory, deps: VisitDeps): Promise<VisitOutcome> {
  const { viewer } = session;
  const random = createRandom(seedOf(deps.seed, 'visit', session.id));
  const outcome = { pages: 0, impressions: 0, plays: 0, likedPlays: 0, searches: 0 };
  const teller = createTeller(session, deps);
  let at = session.at;
  while (outcome.pages < MOST_PAGES) {
    await deps.clock.reach(at);
    const hour = localHourOf(viewer.country, at);
    const { profileId, country, device } = viewer;
    const context = { country, device, hour: hourOf(at), now: deps.clock.eventTime(at) };
    const page = await deps.ask(profileId, context);
    outcome.pages += 1;
    const appeal = (title: string): number =>
      memory.hasPlayed(title) ? 0 : viewer.appeal(title, hour) * memory.freshness(title, at);
    const { seen, taken } = browse(page, { appeal, device }, random);
    for (const { titleId } of seen) memory.see(titleId, at);
    outcome.impressions += seen.length;
    await teller.impressions(page, seen, at, BROWSED_MS);
    const played = taken?.titleId ?? searchedFor(session, memory, random);
    if (played === undefined) {
      if (!random.chance(RELOAD_SHARE)) break;
      at += BROWSED_MS;
      continue;
    }
    if (taken === undefined) outcome.searches += 1;
    else outcome.plays += 1;
    const rating = viewer.wanted.get(played) ?? 0;
    if (taken !== undefined && rating >= LIKED_FROM) outcome.likedPlays += 1;
    memory.play(played);
    at = await teller.play({ titleId: played, page, from: taken, rating }, at + BROWSED_MS, random);
    if (!random.chance(AGAIN_SHARE)) break;
  }
  return outcome;
}

/** A wanted title that was not played yet, those rated higher more often. */
function searchedFor({ viewer }: Session, memory: ViewerMemory, random: Random): string | undefined {
  if (!random.chance(SEARCH_SHARE)) return undefined;
  const left = [...viewer.wanted]
    .filter(([title]) => !memory.hasPlayed(title))
    .map(([value, rating]) => ({ value, share: rating * rating }));
  return left.length === 0 ? undefined : pickByShare(random, left);
}

interface Played {
  readonly titleId: string;
  readonly page: AskedPage;
  /** Where it stood; undefined where it was searched for. */
  readonly from: Sighting | undefined;
  readonly rating: number;
}

interface Teller {
  impressions(page: AskedPage, seen: readonly Sighting[], at: number, forMs: number): Promise<void>;
  /** Resolves with when it ended, simulated. */
  play(played: Played, at: number, random: Random): Promise<number>;
}

function createTeller({ id, viewer }: Session, { tell, clock, seed, region, runId }: VisitDeps): Teller {
  const { profileId, country, device, appVersion } = viewer;
  let events = 0;
  const event = (kind: AudienceEvent['kind'], at: number, fields: object): AudienceEvent => ({
    kind,
    eventId: `${runId}-${id}-${events++}`,
    eventTime: clock.eventTime(at),
    ...{ profileId, country, device, region, appVersion },
    sessionId: `${runId}-${id}`,
    ...fields,
  });
  return {
    async impressions({ recommendationId }, seen, at, forMs) {
      const on = { pageId: 'home', recommendationId, origin: 'explicit' };
      await tell(
        seen.map((one, i) =>
          event('impression', at + Math.floor((i * forMs) / seen.length), { ...on, ...one }),
        ),
      );
    },
    async play({ titleId, page, from, rating }, at, random) {
      const durationSeconds = runtimeSecondsOf(titleId, seed);
      // Who dislikes something gives it up.
      const share = random.chance(rating >= LIKED_FROM ? 0.9 : 0.5)
        ? 0.9 + 0.1 * random.next()
        : 0.3 * random.next();
      const viewedSeconds = Math.max(10, Math.floor(durationSeconds * share));
      const playId = `${runId}-${id}-play-${events}`;
      const place = from === undefined ? {} : { row: from.row, rank: from.rank };
      const quoted = from === undefined ? {} : { pageId: 'home', recommendationId: page.recommendationId };
      const played = { titleId, playId, durationSeconds };
      await tell([event('play_start', at, { ...played, positionSeconds: 0, ...quoted, ...place })]);
      const endedAt = at + viewedSeconds * 1000;
      await clock.reach(endedAt);
      await tell([event('play_stop', endedAt, { ...played, positionSeconds: viewedSeconds, viewedSeconds })]);
      return endedAt;
    },
  };
}
