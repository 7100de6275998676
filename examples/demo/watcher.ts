/**
 * Somebody new watches three titles of one genre, and Top Picks for You follow: asked for before, and again and again after
 * ingest has acknowledged, until they are others.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RatedTitle } from '../../infra/datasets/data-set.ts';
import { MINUTE_MS } from '../../domain/time.ts';
import { runtimeSecondsOf } from './catalogue.ts';
import { POST_DEFAULTS, postLines } from './post.ts';

export interface WatcherOptions {
  readonly servingUrl: string;
  readonly ingestUrl: string;
  /** In front of the profile's id. */
  readonly runId: string;
  readonly seed: number;
  /** The titles that there are, the most watched first. */
  readonly titles: readonly RatedTitle[];
  /** What is watched, where there are three titles of it; the commonest genre otherwise. */
  readonly genre: string;
  readonly limitMs?: number;
}

export interface Pick {
  readonly titleId: string;
  readonly name: string;
  readonly isOfGenre: boolean;
}

/** What watching did to the row. */
export interface Followed {
  readonly genre: string;
  readonly watched: readonly string[];
  readonly before: readonly Pick[];
  readonly after: readonly Pick[];
  /** From ingest's acknowledgement to the answer after which nothing changed any more; null where all stayed as it was. */
  readonly changedMs: number | null;
}

const WATCHED = 3;
const SHOWN = 10;
const COUNTRY = 'US';
const ASK_EVERY_MS = 20;
/** A row that stays as it is for so long has taken up all three plays. */
const SETTLED_MS = 1_000;
const CONTROL_MS = 1_500;
const DEFAULT_LIMIT_MS = 30_000;
const BREAK_MS = 5 * MINUTE_MS;
/** How much of each is seen. */
const SEEN_SHARE = 0.98;

interface PicksAnswer {
  readonly row: { readonly items: readonly { readonly titleId: string; readonly name: string }[] };
}

/** Throws when the row changes although nobody watched anything: then it would prove nothing that it changes. */
export async function watchThree(options: WatcherOptions): Promise<Followed> {
  const { titles, limitMs = DEFAULT_LIMIT_MS } = options;
  const genre = genreOf(titles, options.genre);
  const ofGenre = new Set(
    titles.filter(({ genres }) => genres.includes(genre)).map(({ titleId }) => titleId),
  );
  const profileId = `watcher-${options.runId}`;
  const ask = async (): Promise<Pick[]> =>
    (await askForPicks(options.servingUrl, profileId)).map(({ titleId, name }) => ({
      ...{ titleId, name },
      isOfGenre: ofGenre.has(titleId),
    }));
  const before = await ask();
  await sleep(CONTROL_MS);
  // Titles that the row does not hold: what changes then is taste, not that watched titles leave.
  const held = new Set(before.map(({ titleId }) => titleId));
  const watched = titles
    .filter(({ titleId }) => ofGenre.has(titleId) && !held.has(titleId))
    .slice(0, WATCHED);
  if (idsOf(await ask()) !== idsOf(before)) throw new Error('Top Picks change by themselves');

  await postLines(playsOf(profileId, watched, options.seed), { ...POST_DEFAULTS, url: options.ingestUrl });
  const acknowledgedAt = performance.now();
  let after = before;
  let changedMs: number | null = null;
  for (;;) {
    const picks = await ask();
    const tookMs = performance.now() - acknowledgedAt;
    if (idsOf(picks) !== idsOf(after)) {
      after = picks;
      changedMs = Math.round(tookMs);
    }
    // A row that is again what it was has not followed.
    const isOther = idsOf(after) !== idsOf(before);
    const isSettled = isOther && changedMs !== null && tookMs - changedMs > SETTLED_MS;
    if (isSettled || tookMs > limitMs)
      return {
        ...{ genre, before, after, watched: watched.map(({ name }) => name) },
        changedMs: isOther ? changedMs : null,
      };
    await sleep(ASK_EVERY_MS);
  }
}

const idsOf = (picks: readonly Pick[]): string => picks.map(({ titleId }) => titleId).join(' ');

/** The genre that was wanted, or the commonest one. */
export function genreOf(titles: readonly RatedTitle[], wanted: string): string {
  const counts = new Map<string, number>();
  for (const { genres } of titles) for (const one of genres) counts.set(one, (counts.get(one) ?? 0) + 1);
  if ((counts.get(wanted) ?? 0) >= WATCHED) return wanted;
  const [commonest] = [...counts].sort(([, a], [, b]) => b - a);
  return commonest?.[0] ?? wanted;
}

/** A start and a stop for each, one after the other; the last has ended just now. */
function playsOf(profileId: string, titles: readonly RatedTitle[], seed: number): string[] {
  let endsAt = Date.now();
  return titles
    .toReversed()
    .flatMap(({ titleId }, index) => {
      const durationSeconds = runtimeSecondsOf(titleId, seed);
      const viewedSeconds = Math.floor(durationSeconds * SEEN_SHARE);
      const startsAt = endsAt - viewedSeconds * 1000;
      const playId = `${profileId}-play-${index}`;
      const event = (kind: string, eventTime: number, fields: object): string =>
        JSON.stringify({
          ...{ kind, eventTime, profileId, titleId, playId, durationSeconds },
          ...{ eventId: `${playId}-${kind}`, country: COUNTRY, titleKind: 'film' },
          ...fields,
        });
      const stopped = { positionSeconds: viewedSeconds, viewedSeconds };
      const events = [
        event('play_stop', endsAt, stopped),
        event('play_start', startsAt, { positionSeconds: 0 }),
      ];
      endsAt = startsAt - BREAK_MS;
      return events;
    })
    .toReversed();
}

async function askForPicks(url: string, profileId: string): Promise<PicksAnswer['row']['items']> {
  const response = await fetch(
    `${url}/v1/profiles/${profileId}/rows/top-picks?country=${COUNTRY}&limit=${SHOWN}`,
  );
  const text = await response.text();
  if (response.status !== 200)
    throw new Error(`serving answered ${response.status} for Top Picks: ${text.slice(0, 200)}`);
  return (JSON.parse(text) as PicksAnswer).row.items;
}
