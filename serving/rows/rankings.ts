/** Rankings of all titles by window and country, each kept for a moment so that many requests share one. */
import { LRUCache } from 'lru-cache';
import type { Country } from '../../domain/ids.ts';
import { mergeBuckets, mergeTotals, type Checkpoint } from '../../domain/merge.ts';
import {
  rankPopular,
  rankTrending,
  trendWindows,
  type RankedTitle,
  type TrendingRules,
} from '../../domain/trending.ts';
import { HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import type { Standing } from '../standing.ts';

export const WINDOWS = ['5m', '1h', '24h'] as const;
export type Window = (typeof WINDOWS)[number];
export const WINDOW_MS: Readonly<Record<Window, number>> = {
  '5m': 5 * MINUTE_MS,
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
};

const KEPT_RANKINGS = 256;

export interface RankingDeps {
  /** Asked each time: a policy may be published. */
  readonly rules: () => TrendingRules;
  /** How long a ranking is kept; 0 keeps none. */
  readonly ttlMs: number;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
}

export interface Rankings {
  trending(standing: Standing, window: Window, country?: Country, check?: Checkpoint): readonly RankedTitle[];
  popular(standing: Standing, country?: Country, check?: Checkpoint): readonly RankedTitle[];
}

interface Kept {
  readonly ranked: readonly RankedTitle[];
  readonly madeAt: number;
}

export function createRankings({ rules, ttlMs, clock }: RankingDeps): Rankings {
  const kept = new LRUCache<string, Kept>({ max: KEPT_RANKINGS });

  function recall(key: string, make: () => readonly RankedTitle[]): readonly RankedTitle[] {
    const found = kept.get(key);
    if (found !== undefined && clock() - found.madeAt < ttlMs) return found.ranked;
    const ranked = make();
    if (ttlMs > 0) kept.set(key, { ranked, madeAt: clock() });
    return ranked;
  }

  return {
    trending(standing, window, country, check) {
      const asked = rules();
      return recall(keyOf(standing, `${window} ${asked.minPlays}`, country), () => {
        const windows = trendWindows(WINDOW_MS[window], standing.windowsEnd);
        const lanes = [standing.batch, standing.speed];
        const current = mergeBuckets(lanes, windows.current, country, check);
        const previous = mergeBuckets(lanes, windows.previous, country, check);
        const end = standing.windowsEnd;
        return rankTrending(current, previous, windows, asked, (title) =>
          standing.batch.expected?.of(title, country, end - windows.currentMs, end),
        );
      });
    },
    popular(standing, country, check) {
      return recall(keyOf(standing, 'popular', country), () =>
        rankPopular(mergeTotals([standing.batch, standing.speed], country, check)),
      );
    },
  };
}

/** Whatever changes which counts are added up makes another key. */
function keyOf({ source, viewVersion, complete }: Standing, row: string, country = ''): string {
  return `${row} ${country} ${source} ${viewVersion ?? 'none'} ${complete}`;
}
