/** Pages, put together: the library that is followed, the lists that are kept, and the router over both. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Router } from 'express';
import type { ImpressionCaps } from '../../domain/memory/read.ts';
import type { ServedRow } from '../../domain/served-rows.ts';
import type { Config } from '../../infra/config.ts';
import type { SubscriptionStatus } from '../../infra/hermes/subscriber.ts';
import type { Log } from '../../infra/log.ts';
import { openAnalytics, type Analytics, type LoadPerformance } from '../analytics/open.ts';
import type { FollowViewOptions } from '../follow-view.ts';
import type { Library } from '../library/library.ts';
import { followLibrary, type FollowLibraryDeps, type LibraryLoaders } from '../library/follow-library.ts';
import type { ServedRows } from '../served-rows.ts';
import type { Source, Standings } from '../standing.ts';
import type { Titles } from '../titles.ts';
import type { ListRules } from './country-lists.ts';
import { createListsKeeper } from './lists.ts';
import { createPages, type HomePage } from './page.ts';
import { createKnownProfiles, type KnownProfilesDeps } from './profile.ts';
import { createHomeAnswers, type HomeAnswers } from './answers.ts';
import { createHomeRouter } from './router.ts';
import { isPageKept, servedRows } from './served.ts';
import { servedSimilar } from './similar.ts';

export interface HomeDeps {
  readonly following: Omit<FollowViewOptions<unknown>, 'view' | 'load' | 'onVersion'>;
  readonly loaders: LibraryLoaders;
  /** Which versions are tried out; absent where none is. */
  readonly canaries: FollowLibraryDeps['canaries'];
  readonly loadPerformance: LoadPerformance | undefined;
  readonly titles: Titles;
  readonly standings: Pick<Standings, 'current'>;
  readonly profiles: KnownProfilesDeps['profiles'];
  readonly caps: ImpressionCaps;
  readonly served: Pick<ServedRows, 'note'> | undefined;
  readonly settings: Config['serving'];
  /** Called when another library serves. */
  readonly onLibrary: () => void;
  readonly log: Log;
  readonly now: () => number;
}

export interface Home {
  /** What nobody in particular is served by; undefined before any title was read. */
  library(): Library | undefined;
  answers(countRow: (row: string, source: Source) => void): HomeAnswers;
  router(answers: HomeAnswers): Router;
  /** How rows do: what orders them, and what is asked of it. */
  readonly analytics: Pick<Analytics, 'router'>;
  /** Resolves when every view was asked for once, or what is there serves. */
  start(timeoutMs: number): Promise<void>;
  /** Resolves when all views were asked for once. */
  readonly asked: Promise<void>;
  statuses(): readonly (SubscriptionStatus | undefined)[];
  nudge(): void;
  close(): Promise<void>;
}

/** Of the age that lists may have: made anew so soon, every page finds one. */
const REFRESHED_AT = 0.7;
/** Impressions that the rate of all rows weighs in that of one. */
const ROW_RATE_STRENGTH = 1000;

export function openHome(deps: HomeDeps): Home {
  const { settings, titles, log, now } = deps;
  const clock = (): number => performance.now();
  const lists = createListsKeeper({
    standings: deps.standings,
    rules: rulesOf(settings),
    maxAgeMs: settings.homeListsMaxAgeMs,
    refreshMs: Math.max(10, settings.homeListsMaxAgeMs * REFRESHED_AT),
    mostCountries: settings.homeListsCountries,
    ...{ clock, log },
  });
  const library = followLibrary({
    ...deps.following,
    ...{ loaders: deps.loaders, canaries: deps.canaries },
    catalogue: titles.catalogue,
    catalogueVersion: () => titles.status()?.version ?? null,
    prepare: lists.prepare,
    onLibrary: deps.onLibrary,
  });
  const analytics = openAnalytics({
    ...{ following: deps.following, load: deps.loadPerformance, standings: deps.standings, now },
    catalogue: titles.catalogue,
    rateStrength: ROW_RATE_STRENGTH,
  });
  const pages = createPages({
    lists,
    knownProfiles: createKnownProfiles({
      profiles: deps.profiles,
      caps: deps.caps,
      deadlineMs: settings.homeProfileDeadlineMs,
    }),
    rowRates: analytics.rowRates,
    ...{ now, log },
  });
  const note = (
    asked: Pick<HomePage, 'request'>,
    id: string,
    isPrefetch: boolean,
    rows: () => readonly ServedRow[],
  ): void => {
    if (deps.served === undefined || !isPageKept(asked, id, isPrefetch, settings.anonymousServedShare))
      return;
    for (const row of rows()) deps.served.note(row);
  };
  return {
    analytics,
    library: () => library.servedTo(null)?.library,
    router: (answers) => createHomeRouter({ answers, pages }),
    answers: (countRow) =>
      createHomeAnswers({
        library: library.servedTo,
        pages,
        ...{ maxRows: settings.maxRows, maxRowItems: settings.maxRowItems },
        cursorTtlMs: settings.cursorTtlMs,
        newId: randomUUID,
        now,
        countRow,
        log,
        notePage: (page, id, isPrefetch) => note(page, id, isPrefetch, () => servedRows(page, id)),
        noteSimilar: (row, id, isPrefetch) => note(row, id, isPrefetch, () => servedSimilar(row, id)),
      }),
    async start(timeoutMs) {
      await library.refresh();
      await Promise.race([library.asked, sleep(timeoutMs)]);
    },
    asked: library.asked,
    statuses: () => [...library.statuses(), analytics.status()],
    nudge() {
      library.nudge();
      analytics.nudge();
    },
    async close() {
      lists.close();
      await Promise.all([library.close(), analytics.close()]);
    },
  };
}

const rulesOf = (settings: Config['serving']): ListRules => ({
  minPlays: settings.trendingMinPlays,
  smoothing: settings.trendingSmoothing,
  takeRateStrength: settings.takeRateStrength,
});
