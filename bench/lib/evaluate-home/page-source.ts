/** Pages for an audience in this process: the same folds, lists and ranking as behind the API, without a server. */
import { profileViewOf } from '../../../domain/profile-view.ts';
import type { ImpressionCaps } from '../../../domain/memory/read.ts';
import { titleId } from '../../../domain/ids.ts';
import { usesContext, type RankingPolicy } from '../../../domain/ranking/policy.ts';
import { createRanker } from '../../../domain/ranking/ranker.ts';
import type { Ranker } from '../../../domain/ranking/request.ts';
import { rowName } from '../../../domain/ranking/row-name.ts';
import {
  addTitle,
  emptyTitleSet,
  type ProfileView,
  type RankingModels,
  type SharedLists,
  type TitleTable,
} from '../../../domain/ranking/types.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import type { AskedPage, AskPage, TellEvents } from '../../../examples/audience/page.ts';
import type { Viewer } from '../../../examples/audience/tastes.ts';
import { createCounts } from './counts.ts';
import { createStoredProfiles } from './stored-profiles.ts';

export interface PageSourceOptions {
  readonly table: TitleTable;
  readonly models: RankingModels;
  /** Whose pages are of other models, which share what is counted and stored. */
  readonly modelsOf?: (profileId: string) => RankingModels | undefined;
  readonly policy: RankingPolicy;
  /** `trending`: what trends, then what is popular, in rows one below the other. */
  readonly pages: 'ranked' | 'trending';
  /** What a page may know of its profile: nothing, what it watched, or what it was shown as well. */
  readonly knows: 'nothing' | 'watching' | 'impressions';
  readonly viewers: readonly Viewer[];
  /** When the audience comes; what is history lies before it. */
  readonly fromMs: number;
  readonly rows: number;
  readonly limit: number;
}

/** As configured by default. */
const CAPS: ImpressionCaps = { perDay: 8, halvedBy: 10, leastWeight: 0.2 };

export function createPageSource(options: PageSourceOptions): {
  readonly ask: AskPage;
  readonly tell: TellEvents;
} {
  const { table, models, policy, viewers, fromMs, knows, rows, limit } = options;
  const rankers = new Map<RankingModels, Ranker>();
  const stored = createStoredProfiles();
  const counts = createCounts(table, { minPlays: policy.rows.trending.minimum_plays, takeRateStrength: 100 });
  const available = emptyTitleSet(table.count);
  for (let title = 0; title < table.count; title++) addTitle(available, title);
  for (const viewer of viewers) rememberHistory(viewer);
  let asked = 0;

  function rememberHistory({ profileId, country, history }: Viewer): void {
    for (const [index, { titleId: id }] of history.entries()) {
      const eventTime = fromMs - (history.length - index) * HOUR_MS;
      const play = { titleId: id, playId: `before-${index}`, durationSeconds: 6000, positionSeconds: 6000 };
      const about = { kind: 'play_stop', eventId: `before-${index}`, eventTime, profileId, country };
      stored.take({ ...about, ...play, viewedSeconds: 6000 });
      counts.playLongAgo(table.numberOf(titleId(id)));
    }
  }

  function viewOf(profileId: string, now: number): ProfileView | null {
    if (knows === 'nothing') return null;
    const { watching, memory } = stored.of(profileId);
    return profileViewOf(table, knows === 'watching' ? { watching } : { watching, memory }, now, CAPS);
  }

  function rankerOf(profileId: string): Ranker {
    const own = options.modelsOf?.(profileId) ?? models;
    const ranker = rankers.get(own) ?? createRanker({ titles: table, models: own });
    rankers.set(own, ranker);
    return ranker;
  }

  return {
    ask(profileId, { country, device, hour, now }) {
      const lists = counts.lists(now);
      const recommendationId = `rec-${asked++}`;
      if (options.pages === 'trending') return trendingPage(recommendationId, lists, options);
      const genreLifts = usesContext(policy) ? counts.lifts({ country, device, hour }, now) : undefined;
      const context = { now, hour, country, device, available, genreLifts };
      const profile = viewOf(profileId, now);
      const page = rankerOf(profileId).page({ profile, context, lists, policy, rows, limit });
      return {
        recommendationId,
        rows: page.rows.map((row) => ({
          row: rowName(row, table),
          titles: Array.from(row.titles, (title) => table.ids[title]!),
        })),
      };
    },
    tell(events) {
      for (const event of events) {
        stored.take(event);
        const title = table.numberOf(titleId(String(event['titleId'])));
        const { eventTime } = event;
        if (event.kind === 'impression') counts.impression(title);
        if (event.kind === 'play_start')
          counts.play(title, eventTime, {
            country: String(event['country']),
            device: String(event['device']),
          });
      }
    },
  };
}

function trendingPage(
  recommendationId: string,
  { trending, popular }: SharedLists,
  { table, rows, limit }: PageSourceOptions,
): AskedPage {
  const titles = [...new Set([...trending.titles, ...popular.titles])].map((title) => table.ids[title]!);
  return {
    recommendationId,
    rows: Array.from({ length: rows }, (_, row) => ({
      row: `trending-${row}`,
      titles: titles.slice(row * limit, (row + 1) * limit),
    })),
  };
}
