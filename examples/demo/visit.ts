/** What apps send when one rating of the data set is played: a page seen, perhaps a search, a play with its turns. */
import type { Rating } from '../../infra/datasets/data-set.ts';
import { pickByShare, type Random } from '../../domain/random.ts';
import type { Profile } from './audience.ts';
import { runtimeSecondsOf } from './catalogue.ts';
import { pageAttributes, placeAttributes } from './client-attributes.ts';
import type { DemoEvent, GeneratorOptions } from './generator.ts';
import { pageView, PAGES, POSITIONS, type PageView } from './impressions.ts';

/** Impressions come at most so long before their play. */
export const PAGE_MS = 60_000;
const SEARCH_BEFORE_MS = 8_000;
const SEARCH_AGAIN_SHARE = 0.2;
const CLICK_BEFORE_MS = 900;
/** Share of plays that do not say which row they were started from, though there was one. */
const UNSTATED_SHARE = 0.3;
const BROWSE_SHARE = 0.1;
const LIST_ADD_SHARE = 0.05;
const LIST_REMOVE_SHARE = 0.2;
const PAUSE_SHARE = 0.2;
const SKIP_SHARE = 0.08;
const ABANDONED_BELOW_SECONDS = 120;
const PAUSE_FROM_SECONDS = 30;
/** How long a pause lasts. */
export const PAUSE_MS = 45_000;
const SKIPPED_SECONDS = 10;

export interface Visit {
  readonly id: string;
  /** When the play starts. */
  readonly at: number;
  readonly rating: Rating;
  readonly profile: Profile;
  readonly sessionId: string;
  readonly random: Random;
  /** What the title is searched by, and where it is browsed for. */
  readonly name: string;
  readonly genre: string;
  readonly draw: () => string;
}

/** Seconds viewed: who rates low gives up early more often; most of the others see nearly all of it. */
function viewedSecondsOf(random: Random, rating: number, runtimeSeconds: number): number {
  if (random.chance(rating <= 2 ? 0.3 : 0.08)) return 10 + random.below(ABANDONED_BELOW_SECONDS - 10);
  const share = random.chance(0.3) ? 0.1 + 0.7 * random.next() : 0.85 + 0.15 * random.next();
  return Math.max(ABANDONED_BELOW_SECONDS, Math.floor(runtimeSeconds * share));
}

/** What was seen, and where: the page, and the answer that filled it. */
interface SeenPage extends PageView {
  readonly on: { readonly pageId: string; readonly recommendationId: string };
}

type Fields = Omit<DemoEvent, 'kind' | 'eventId' | 'eventTime' | 'profileId'>;
type Tell = (kind: DemoEvent['kind'], name: string, eventTime: number, fields: object) => DemoEvent;

/** All events of the visit, in no order; none later than `endMs`. */
export function eventsOf(visit: Visit, options: GeneratorOptions): DemoEvent[] {
  const { id, at, rating, profile, random, sessionId } = visit;
  const { profileId, country, device, appVersion, producer } = profile;
  const envelope: Fields = { country, sessionId, device, region: options.region, appVersion, producer };
  const tell: Tell = (kind, name, eventTime, fields) => ({
    kind,
    eventId: `${name}-${id}`,
    eventTime: Math.min(eventTime, options.endMs),
    profileId,
    ...envelope,
    ...fields,
  });
  const pageId = pickByShare(random, PAGES).pageId;
  const on = { pageId, recommendationId: `rec-${id}` };
  const page: SeenPage = { ...pageView(random, rating.titleId, visit.draw), on };
  return [
    ...pageEvents(visit, page, tell),
    ...wayThere(visit, page, tell),
    ...playEvents(visit, page, tell, options),
    ...(random.chance(BROWSE_SHARE)
      ? [tell('browse', 'browse', at - PAGE_MS, { target: `genre:${visit.genre}` })]
      : []),
  ];
}

function pageEvents({ id, at, profile, random }: Visit, page: SeenPage, tell: Tell): DemoEvent[] {
  const shared = pageAttributes(random, profile);
  return page.shown.map((shown, index) => {
    const eventTime = at - PAGE_MS + Math.floor(((index + random.next()) * PAGE_MS) / page.shown.length);
    const own = { ...shown, rowLength: POSITIONS, titleKind: 'film', origin: 'explicit' };
    const told = tell('impression', 'imp', eventTime, {
      ...page.on,
      ...own,
      ...shared,
      ...placeAttributes(random, profile, shown.titleId, shown.rank),
    });
    return { ...told, eventId: `imp-${id}-${index}` };
  });
}

/** A title that was seen in a row is clicked there, another one is searched for. */
function wayThere({ at, rating, random, name }: Visit, page: SeenPage, tell: Tell): DemoEvent[] {
  const { titleId } = rating;
  if (page.own !== undefined) {
    const { row, rank } = page.own;
    const added = random.chance(LIST_ADD_SHARE);
    return [
      tell('click', 'click', at - CLICK_BEFORE_MS, { titleId, ...page.on, row, rank }),
      ...(added ? [tell('list_add', 'add', at - 2 * CLICK_BEFORE_MS, { titleId, row, rank })] : []),
      ...(added && random.chance(LIST_REMOVE_SHARE)
        ? [tell('list_remove', 'remove', at + PAGE_MS, { titleId })]
        : []),
    ];
  }
  const query = name.toLowerCase().replace(/\s*\(\d{4}\)$/, '');
  const search = (label: string, before: number, text: string): DemoEvent =>
    tell('search', label, at - before, { query: text, resultCount: 1 + random.below(40) });
  const again = random.chance(SEARCH_AGAIN_SHARE);
  return [
    ...(again ? [search('search-again', 2 * SEARCH_BEFORE_MS, ` ${query.toUpperCase()} `)] : []),
    search('search', SEARCH_BEFORE_MS, query),
  ];
}

function playEvents(visit: Visit, page: SeenPage, tell: Tell, options: GeneratorOptions): DemoEvent[] {
  const { id, at, rating, random } = visit;
  const { titleId } = rating;
  const playId = `play-${id}`;
  const durationSeconds = runtimeSecondsOf(titleId, options.seed);
  const wanted = viewedSecondsOf(random, rating.rating, durationSeconds);
  const viewedSeconds = Math.min(wanted, Math.floor((options.endMs - at) / 1000));
  const played = { titleId, playId, durationSeconds };
  const isStated = page.own !== undefined && !random.chance(UNSTATED_SHARE);
  const place = isStated ? { row: page.own?.row, rank: page.own?.rank } : {};
  const events = [
    tell('play_start', 'play', at, {
      ...page.on,
      ...played,
      positionSeconds: 0,
      ...place,
      titleKind: 'film',
    }),
  ];
  let pausedMs = 0;
  if (viewedSeconds > 2 * PAUSE_FROM_SECONDS && random.chance(PAUSE_SHARE)) {
    const seen = PAUSE_FROM_SECONDS + random.below(viewedSeconds - PAUSE_FROM_SECONDS);
    const pausedAt = at + seen * 1000;
    if (pausedAt + PAUSE_MS < options.endMs) {
      const turn = { ...played, positionSeconds: seen, viewedSeconds: seen };
      events.push(tell('play_pause', 'pause', pausedAt, turn));
      events.push(tell('play_resume', 'resume', pausedAt + PAUSE_MS, turn));
      pausedMs = PAUSE_MS;
    }
  }
  const stopAt = Math.min(at + viewedSeconds * 1000 + pausedMs, options.endMs);
  const isSkipped = viewedSeconds > 2 * SKIPPED_SECONDS && random.chance(SKIP_SHARE);
  if (isSkipped) {
    const positionSeconds = viewedSeconds - SKIPPED_SECONDS;
    const toSeconds = positionSeconds + SKIPPED_SECONDS;
    events.push(
      tell('play_skip', 'skip', stopAt - SKIPPED_SECONDS * 1000, { ...played, positionSeconds, toSeconds }),
    );
  }
  events.push(
    tell('play_stop', 'stop', stopAt, { ...played, positionSeconds: viewedSeconds, viewedSeconds }),
    tell('rate', 'rate', stopAt + 5_000, { titleId, rating: rating.rating }),
  );
  return events;
}
