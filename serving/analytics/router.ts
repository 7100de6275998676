/** `/v1/analytics`: how rows, places, launches and promotions do. Read only; all it needs is in memory. */
import { Router } from 'express';
import { readInput } from '../api/validate.ts';
import type { Catalogue } from '../catalogue.ts';
import type { Standings } from '../standing.ts';
import {
  positionsPerformed,
  promotionsPerformed,
  rowsPerformed,
  type KnownPerformance,
} from './performance.ts';
import {
  launchesQuery,
  performedRowsQuery,
  positionsQuery,
  promotionsQuery,
  unengagedQuery,
  type LaunchesAnswer,
  type PerformedRowsAnswer,
  type PositionsAnswer,
  type PromotionsAnswer,
  type UnengagedAnswer,
} from './schemas.ts';
import { launches, unengaged } from './titles.ts';

export interface AnalyticsDeps {
  readonly standings: Pick<Standings, 'current'>;
  readonly catalogue: Pick<Catalogue, 'find' | 'inOrder'>;
  /** Undefined before the first version of the view `row-performance`. */
  readonly performance: () => KnownPerformance | undefined;
  readonly now: () => number;
}

export function createAnalyticsRouter({ standings, catalogue, performance, now }: AnalyticsDeps): Router {
  const router = Router();

  router.get('/v1/analytics/rows', (request, response) => {
    const { limit } = readInput(performedRowsQuery, request.query);
    response.json(rowsPerformed(performance(), limit) satisfies PerformedRowsAnswer);
  });

  router.get('/v1/analytics/positions', (request, response) => {
    const { row } = readInput(positionsQuery, request.query);
    response.json(positionsPerformed(performance(), row) satisfies PositionsAnswer);
  });

  router.get('/v1/analytics/promotions', (request, response) => {
    const { promotion, limit } = readInput(promotionsQuery, request.query);
    response.json(promotionsPerformed(performance(), promotion, limit) satisfies PromotionsAnswer);
  });

  router.get('/v1/analytics/launches', (request, response) => {
    const { days, country, limit } = readInput(launchesQuery, request.query);
    const asked = { country, limit, days, now: now() };
    response.json(launches(standings.current(), catalogue, asked) satisfies LaunchesAnswer);
  });

  router.get('/v1/analytics/unengaged', (request, response) => {
    const { minimum, country, limit } = readInput(unengagedQuery, request.query);
    const asked = { country, limit, minimum };
    response.json(unengaged(standings.current(), catalogue, asked) satisfies UnengagedAnswer);
  });

  return router;
}
