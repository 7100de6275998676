/** The seeded audience on pages of several kinds: the same viewers and sessions, other pages. */
import type { PolicySetting } from '../../../domain/ranking-policy.ts';
import { readRankingPolicy } from '../../../domain/ranking/policy.ts';
import { titleId } from '../../../domain/ids.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import { SIMULATED_CLOCK } from '../../../examples/audience/page.ts';
import { runAudience, type ViewerOutcome } from '../../../examples/audience/run.ts';
import { sessionsOf } from '../../../examples/audience/sessions.ts';
import { createAudience } from '../../../examples/audience/tastes.ts';
import type { DataSet } from '../../../infra/datasets/data-set.ts';
import { trainModels } from './models.ts';
import { createPageSource, type PageSourceOptions } from './page-source.ts';
import { titleTableOf } from './titles.ts';

type Pages = Pick<PageSourceOptions, 'pages' | 'knows'> & { readonly settings: readonly PolicySetting[] };

const set = (rowId: string, setting: string, value: number): PolicySetting => ({ rowId, setting, value });
/** Titles of genres that are watched at this hour, and genre rows of those. Both weigh nothing by default. */
const CONTEXT = set('*', 'context', 1);
const GENRE_CONTEXT = set('page', 'genre_context', 1);
const NO_CONTEXT = [set('*', 'context', 0), set('page', 'genre_context', 0)];

/** The default page without one of its ingredients, which has a weight in some of its rows. */
const without = (setting: string): Pages => ({
  ...{ pages: 'ranked', knows: 'impressions', settings: [set('*', setting, 0)] },
});

/** `memory` is the page as it is by default. */
export const AUDIENCE_VARIANTS = {
  trending: { pages: 'trending', knows: 'nothing', settings: [] },
  unpersonalised: { pages: 'ranked', knows: 'nothing', settings: NO_CONTEXT },
  personalised: { pages: 'ranked', knows: 'watching', settings: NO_CONTEXT },
  context: { pages: 'ranked', knows: 'watching', settings: [CONTEXT, NO_CONTEXT[1]!] },
  'genre-context': { pages: 'ranked', knows: 'watching', settings: [NO_CONTEXT[0]!, GENRE_CONTEXT] },
  memory: { pages: 'ranked', knows: 'impressions', settings: NO_CONTEXT },
  'context-memory': { pages: 'ranked', knows: 'impressions', settings: [CONTEXT, NO_CONTEXT[1]!] },
  all: { pages: 'ranked', knows: 'impressions', settings: [CONTEXT, GENRE_CONTEXT] },
  'no-surprise': without('surprise'),
  'no-similarity': without('similarity'),
  'no-diversity': without('diversity'),
} as const satisfies Record<string, Pages>;
export type AudienceVariant = keyof typeof AUDIENCE_VARIANTS;

export interface AudienceOptions {
  readonly seed: number;
  readonly factors: number;
  readonly viewers: number | undefined;
  readonly days: number;
  readonly rows: number;
  readonly limit: number;
}

/** Outcomes by variant, each by viewer in the order of their ids: the same viewers in all. */
export type AudienceOutcomes = Readonly<Record<AudienceVariant, readonly ViewerOutcome[]>>;

/** A Monday. */
const FROM_MS = Date.UTC(2026, 9, 5);

export async function runAudienceContest(data: DataSet, options: AudienceOptions): Promise<AudienceOutcomes> {
  const { seed, factors, viewers: most, days, rows, limit } = options;
  const table = titleTableOf(data);
  // Who takes part is the same whatever the seed, so that seeds can be averaged viewer by viewer.
  const viewers = createAudience(data, { seed: 1, viewers: most });
  const sessions = sessionsOf(viewers, { seed, fromMs: FROM_MS, days });
  const history = viewers.flatMap(({ profileId, history }) =>
    history.map(({ titleId: id }, index) => ({
      profile: profileId,
      title: table.numberOf(titleId(id)),
      at: FROM_MS - (history.length - index) * HOUR_MS,
    })),
  );
  const models = await trainModels(history, table, { seed, factors });
  const outcomes: Partial<Record<AudienceVariant, readonly ViewerOutcome[]>> = {};
  for (const [variant, { settings, ...pages }] of Object.entries<Pages>(AUDIENCE_VARIANTS)) {
    const { policy } = readRankingPolicy(settings);
    const source = createPageSource({
      ...{ ...pages, table, models, policy, viewers, fromMs: FROM_MS, rows, limit },
    });
    outcomes[variant as AudienceVariant] = await runAudience(sessions, {
      ...source,
      ...{ clock: SIMULATED_CLOCK, seed, region: 'local', runId: 'home' },
    });
  }
  return outcomes as AudienceOutcomes;
}
