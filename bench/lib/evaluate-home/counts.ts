/** What everybody's pages share, counted play by play as the log would have it: popular, trending, take rates, genres by hour. */
import type { Context } from '../../../domain/ranking/context.ts';
import type { RankedList, SharedLists, TitleTable } from '../../../domain/ranking/types.ts';
import { takeRate, takeRatePrior } from '../../../domain/take-rate.ts';
import { DAY_MS, HOUR_MS } from '../../../domain/time.ts';
import { surprise } from '../../../domain/trending.ts';
import { createContextCounts, type PlayedWhere } from './contexts.ts';

export interface Counts {
  /** Without a place it counts for no context. */
  play(title: number, at: number, where?: PlayedWhere): void;
  /** A play in the past that nothing but its title is known of. */
  playLongAgo(title: number): void;
  impression(title: number): void;
  /** Of the full hours before `at`, which never steps back. */
  lists(at: number): SharedLists;
  /** How much more genres are played in a context, by what was counted before the full hour of `at`. */
  lifts(context: Context, at: number): Float32Array | undefined;
}

export interface CountRules {
  /** Plays of the window below which a title does not trend. */
  readonly minPlays: number;
  readonly takeRateStrength: number;
}

/** An hour of this data has too few plays to trend by. */
const WINDOW_MS = DAY_MS;
const SMOOTHING = 3 / 8;

export function createCounts(table: TitleTable, rules: CountRules): Counts {
  const { count, genres, genreStarts, genreOf } = table;
  const plays = new Float64Array(count);
  const impressions = new Float64Array(count);
  const recent: { readonly title: number; readonly at: number }[] = [];
  const contexts = createContextCounts(genres);
  let made: { readonly hour: number; readonly lists: SharedLists } | undefined;

  function windowPlays(from: number, to: number): Float64Array {
    const counted = new Float64Array(count);
    for (let i = recent.length - 1; i >= 0 && recent[i]!.at >= from; i--)
      if (recent[i]!.at < to) counted[recent[i]!.title]! += 1;
    return counted;
  }

  function make(now: number): SharedLists {
    const current = windowPlays(now - WINDOW_MS, now);
    const before = windowPlays(now - 2 * WINDOW_MS, now - WINDOW_MS);
    const rising = Float64Array.from(current, (counted, title) =>
      counted < rules.minPlays ? -Infinity : surprise(counted, before[title]!, 1, SMOOTHING),
    );
    const sum = (values: Float64Array): number => values.reduce((all, one) => all + one, 0);
    const prior = takeRatePrior({ plays: sum(plays), impressions: sum(impressions) }, rules.takeRateStrength);
    return {
      trending: best(rising),
      popular: best(plays.map((counted) => counted || -Infinity)),
      takeRates: Float32Array.from(plays, (counted, title) =>
        prior.mean === 0 ? NaN : takeRate({ plays: counted, impressions: impressions[title]! }, prior),
      ),
      impressions: Float32Array.from(impressions),
      takeRatePrior: prior,
    };
  }

  return {
    play(title, at, where) {
      plays[title]! += 1;
      recent.push({ title, at });
      if (where !== undefined)
        contexts.play(genreOf.subarray(genreStarts[title], genreStarts[title + 1]), at, where);
    },
    playLongAgo(title) {
      plays[title]! += 1;
    },
    impression(title) {
      impressions[title]! += 1;
    },
    lifts: contexts.lifts,
    lists(at) {
      const now = Math.floor(at / HOUR_MS) * HOUR_MS;
      if (made?.hour !== now) made = { hour: now, lists: make(now) };
      return made.lists;
    },
  };
}

/** Those above −∞, best first; ties by number. */
function best(scores: Float64Array): RankedList {
  const titles = Uint32Array.from(scores.keys())
    .filter((title) => scores[title]! > -Infinity)
    .sort((a, b) => scores[b]! - scores[a]! || a - b);
  return { titles, scores: Float32Array.from(titles, (title) => scores[title]!) };
}
