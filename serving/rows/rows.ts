/** Rows of titles: ranked counts, filtered by the catalogue, down the ladder where a step has no answer. */
import { isAvailable, type CatalogueEntry } from '../../domain/catalogue.ts';
import type { Country, TitleId } from '../../domain/ids.ts';
import type { Checkpoint } from '../../domain/merge.ts';
import { takeRate, type TakeRatePrior } from '../../domain/take-rate.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { RankedTitle } from '../../domain/trending.ts';
import type { Log } from '../../infra/log.ts';
import type { Catalogue } from '../catalogue.ts';
import { answerByLadder, type Step } from '../fallback.ts';
import { withoutSpeed, type Standing } from '../standing.ts';
import { takeRatesOf } from '../take-rates.ts';
import type { Rankings, Window } from './rankings.ts';

export interface RowItem {
  readonly titleId: TitleId;
  readonly name: string;
  /** Position in the row, from 0, as impressions report it. */
  readonly rank: number;
  readonly plays: number;
  readonly impressions: number;
  /** Capped per profile: what trending goes by. */
  readonly cappedPlays: number;
  readonly cappedImpressions: number;
  /** Smoothed; null where it would mislead: the row says why. */
  readonly takeRate: number | null;
  /** What the row is ordered by; null where it is the catalogue's order. */
  readonly score: number | null;
}

/** What the items are ordered by: the row's own ranking, plays in its place, or nothing that was counted. */
export type RowStep = 'own' | 'popular' | 'catalogue';

export interface Row {
  readonly items: readonly RowItem[];
  /** Why no item has a take rate; null where all have. */
  readonly takeRateReason: string | null;
  readonly step: RowStep;
  /** What the items were made from: its source and reason go with them. */
  readonly standing: Standing;
}

export interface RowRequest {
  readonly country?: Country | undefined;
  readonly limit: number;
}

export interface RowsDeps {
  readonly catalogue: Catalogue;
  readonly rankings: Rankings;
  readonly takeRateStrength: number;
  readonly budgetMs: number;
  readonly now: () => EpochMs;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
  readonly log: Log;
}

export interface Rows {
  trending(standing: Standing, request: RowRequest & { readonly window: Window }): Row;
  popular(standing: Standing, request: RowRequest): Row;
}

const NONE_COUNTED = { plays: 0, impressions: 0, cappedPlays: 0, cappedImpressions: 0 } as const;
const NOTHING_COUNTED = 'nothing that was counted can be shown: the catalogue in its order';

type Rank = (standing: Standing, check: Checkpoint) => readonly RankedTitle[];

export function createRows(deps: RowsDeps): Rows {
  const { catalogue, rankings, budgetMs, clock, log } = deps;

  function show(
    ranked: readonly RankedTitle[],
    standing: Standing,
    { country, limit }: RowRequest,
    step: RowStep,
  ): Row {
    const { prior, reason } = takeRatesOf(standing, deps.takeRateStrength);
    const items: RowItem[] = [];
    for (const title of ranked) {
      if (items.length === limit) break;
      const entry = catalogue.find(title.titleId);
      if (entry === undefined || !isAvailable(entry, deps.now(), country)) continue;
      items.push(itemOf(title, entry, items.length, prior));
    }
    return { items, takeRateReason: reason, step, standing };
  }

  function catalogueItems({ country, limit }: RowRequest): RowItem[] {
    const items: RowItem[] = [];
    for (const { titleId, name, availability } of catalogue.inOrder()) {
      if (items.length === limit) break;
      if (!isAvailable({ availability } as CatalogueEntry, deps.now(), country)) continue;
      const rank = items.length;
      items.push({ titleId, name, rank, ...NONE_COUNTED, takeRate: null, score: null });
    }
    return items;
  }

  /** The ladder of a row; `inPlaceOf` is shown where the row itself has nothing to show. */
  function answer(
    standing: Standing,
    request: RowRequest,
    rank: Rank,
    inPlaceOf?: readonly [Rank, string],
  ): Row {
    const step = (name: string, from: Standing, ranking: Rank, of: RowStep = 'own'): Step<Row> => ({
      name,
      answer(check) {
        const row = show(ranking(from, check), from, request, of);
        return row.items.length === 0 ? undefined : row;
      },
    });
    const steps: Step<Row>[] = [step(standing.source, standing, rank)];
    if (standing.source === 'merged') {
      steps.push({
        name: 'batch',
        answer(check, failures) {
          // A row that is empty though it could be made is not better without its newest part.
          const failed = failures.at(-1);
          if (failed === undefined) return undefined;
          const batch = withoutSpeed(standing, `merging failed: ${failed.reason}`);
          return step('batch', batch, rank).answer(check, failures);
        },
      });
    }
    if (inPlaceOf !== undefined) {
      const [ranking, reason] = inPlaceOf;
      steps.push(step('popular', asFallback(standing, reason), ranking, 'popular'));
    }
    const last = asFallback(standing, NOTHING_COUNTED);
    const catalogueRow = (): Row => ({
      items: catalogueItems(request),
      takeRateReason: last.incompleteReason ?? NOTHING_COUNTED,
      step: 'catalogue',
      standing: last,
    });
    steps.push({ name: 'catalogue', answer: catalogueRow });
    const row = answerByLadder(steps, {
      budgetMs,
      clock,
      onFailure: (failure, err) => log.warn({ ...failure, err }, 'a step of the ladder had no answer'),
    });
    return row ?? { ...catalogueRow(), items: [] };
  }

  return {
    trending(standing, request) {
      const { window, country } = request;
      return answer(standing, request, (from, check) => rankings.trending(from, window, country, check), [
        (from, check) => rankings.popular(from, country, check),
        `no title was active enough in the last ${window}: popular titles instead`,
      ]);
    },
    popular: (standing, request) =>
      answer(standing, request, (from, check) => rankings.popular(from, request.country, check)),
  };
}

function asFallback(standing: Standing, reason: string): Standing {
  const { fallbackReason } = standing;
  return {
    ...standing,
    source: 'fallback',
    fallbackReason: fallbackReason === null ? reason : fallbackReason,
  };
}

function itemOf(
  { titleId, plays, impressions, cappedPlays, cappedImpressions, score }: RankedTitle,
  { name }: CatalogueEntry,
  rank: number,
  prior: TakeRatePrior | null,
): RowItem {
  const rate = prior === null ? null : takeRate({ plays, impressions }, prior);
  return { titleId, name, rank, plays, impressions, cappedPlays, cappedImpressions, takeRate: rate, score };
}
