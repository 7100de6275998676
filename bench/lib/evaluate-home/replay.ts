/**
 * A data set in the order in which it happened: for each play the pages that would have been answered just before it. Models are
 * trained at fixed moments on what came before, as a refresh does; what a page may know beyond that is what is compared.
 */
import { titleId } from '../../../domain/ids.ts';
import { DEFAULT_RANKING_POLICY, type RankingPolicy } from '../../../domain/ranking/policy.ts';
import { createRanker } from '../../../domain/ranking/ranker.ts';
import {
  addTitle,
  emptyTitleSet,
  removeTitle,
  type ProfileView,
  type TitleSet,
  type TitleTable,
  type WatchedNumber,
} from '../../../domain/ranking/types.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import type { DataSet } from '../../../infra/datasets/data-set.ts';
import { createCounts, type Counts } from './counts.ts';
import { trainModels, type WatchedTitle } from './models.ts';
import { PAGE_METRICS, pageMetrics, type PageMetric } from './page-metrics.ts';
import { titleTableOf } from './titles.ts';

/**
 * `stale`: with what the profile had watched when the models were trained. `fold-in`: with everything up to now. The last two
 * are Trending Now as a row alone, by surprise and with the taste of the profile.
 */
export const REPLAY_VARIANTS = [
  'unpersonalised',
  'stale',
  'fold-in',
  'trending-plain',
  'trending-taste',
] as const;
export type ReplayVariant = (typeof REPLAY_VARIANTS)[number];

export interface ReplayOptions {
  readonly seed: number;
  readonly factors: number;
  /** Shares of all plays after which models are trained; the plays from the first on are asked about. */
  readonly trainings: readonly number[];
  /** Every so manieth play is asked about. */
  readonly every: number;
  readonly rows: number;
  readonly limit: number;
  readonly policy?: RankingPolicy;
}

/** Means over the plays of each profile, profiles in the order of their ids. */
export interface Replayed {
  readonly profiles: readonly string[];
  readonly plays: number;
  readonly of: Readonly<Record<ReplayVariant, Readonly<Record<PageMetric, Float64Array>>>>;
}

interface Known {
  /** Newest first. */
  readonly watched: WatchedNumber[];
  /** Of `watched`, the oldest: what was there at the last training. */
  trained: number;
  readonly available: TitleSet;
}

const NO_LIST = new Uint32Array();

export async function replayPages(data: DataSet, options: ReplayOptions): Promise<Replayed> {
  const { trainings, every, seed, factors, policy = DEFAULT_RANKING_POLICY } = options;
  const table = titleTableOf(data);
  const plays = playsOf(data, table);
  const counts = createCounts(table, { minPlays: policy.rows.trending.minimum_plays, takeRateStrength: 100 });
  const known = new Map<string, Known>();
  const moments = trainings.map((share) => Math.floor(share * plays.length));
  const sums = createSums();
  let ranker: ReturnType<typeof createRanker> | undefined;
  for (const [index, { profile, title, at }] of plays.entries()) {
    if (moments.includes(index)) {
      ranker = createRanker({
        titles: table,
        models: await trainModels(plays.slice(0, index), table, { seed, factors }),
      });
      for (const one of known.values()) one.trained = one.watched.length;
    }
    const own = known.get(profile) ?? opened(table);
    known.set(profile, own);
    if (ranker !== undefined && index % every === 0) {
      const asked = ask(ranker, own, { at, counts, table, policy, options });
      for (const variant of REPLAY_VARIANTS) sums.add(profile, variant, pageMetrics(asked[variant], title));
    }
    own.watched.unshift(finished(title, at, table));
    // Nobody is shown again what they have watched, however little else is known of them.
    removeTitle(own.available, title);
    counts.play(title, at);
  }
  return sums.means();
}

interface Moment {
  readonly at: number;
  readonly counts: Counts;
  readonly table: TitleTable;
  readonly policy: RankingPolicy;
  readonly options: Pick<ReplayOptions, 'rows' | 'limit'>;
}

function ask(
  ranker: ReturnType<typeof createRanker>,
  { watched, trained, available }: Known,
  { at, counts, table, policy, options }: Moment,
) {
  const hour = hourOf(at);
  const { rows, limit } = options;
  const context = { now: at, hour, country: null, device: null, available };
  const lists = counts.lists(at);
  const page = (profile: ProfileView | null) =>
    ranker.page({ profile, context, lists, policy, rows, limit }).rows;
  const trending = (profile: ProfileView | null) => [
    ranker.row({ profile, context, lists, policy, rows: 1, limit }, 'trending'),
  ];
  const old = watched.slice(watched.length - trained);
  const known = watched.length === 0 ? null : viewOf(watched, table);
  return {
    unpersonalised: page(null),
    stale: page(old.length === 0 ? null : viewOf(old, table)),
    'fold-in': page(known),
    'trending-plain': trending(null),
    'trending-taste': trending(known),
  };
}

/** In time order; of equal times the later line of the file is later. */
function playsOf({ ratings }: DataSet, table: TitleTable): WatchedTitle[] {
  return ratings.map(({ userId, titleId: id, timeSeconds }, order) => ({
    profile: userId,
    title: table.numberOf(titleId(id)),
    at: (timeSeconds + order / ratings.length) * 1000,
  }));
}

const hourOf = (at: number): number => Math.floor(at / HOUR_MS) % 24;

function opened(table: TitleTable): Known {
  const available = emptyTitleSet(table.count);
  for (let title = 0; title < table.count; title++) addTitle(available, title);
  return { watched: [], trained: 0, available };
}

const finished = (title: number, at: number, table: TitleTable): WatchedNumber => ({
  ...{ title, at, share: 1, positionSeconds: null, status: 'finished' },
  playedId: table.ids[title]!,
});

const viewOf = (watched: readonly WatchedNumber[], table: TitleTable): ProfileView => ({
  watched,
  list: NO_LIST,
  disliked: emptyTitleSet(table.count),
  capped: emptyTitleSet(table.count),
  seenWeights: new Map(),
});

function createSums() {
  const profiles = new Map<string, { plays: number; readonly sums: Map<string, number> }>();
  const key = (variant: ReplayVariant, metric: PageMetric): string => `${variant} ${metric}`;
  return {
    add(profile: string, variant: ReplayVariant, values: Readonly<Record<PageMetric, number>>): void {
      const own = profiles.get(profile) ?? { plays: 0, sums: new Map<string, number>() };
      profiles.set(profile, own);
      if (variant === REPLAY_VARIANTS[0]) own.plays += 1;
      for (const metric of PAGE_METRICS) {
        const name = key(variant, metric);
        own.sums.set(name, (own.sums.get(name) ?? 0) + values[metric]);
      }
    },
    means(): Replayed {
      const ordered = [...profiles].sort(([a], [b]) => (a < b ? -1 : 1));
      const mean = (variant: ReplayVariant, metric: PageMetric): Float64Array =>
        Float64Array.from(ordered, ([, { plays, sums }]) => (sums.get(key(variant, metric)) ?? 0) / plays);
      const of = REPLAY_VARIANTS.map((variant) => [
        variant,
        Object.fromEntries(PAGE_METRICS.map((metric) => [metric, mean(variant, metric)])),
      ]);
      return {
        profiles: ordered.map(([profile]) => profile),
        plays: ordered.reduce((sum, [, { plays }]) => sum + plays, 0),
        of: Object.fromEntries(of) as Replayed['of'],
      };
    },
  };
}
