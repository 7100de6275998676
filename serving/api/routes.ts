/** The routes of rows and titles: parameters in, answers out. All they need is in memory. */
import { Router } from 'express';
import { MarqueeError } from '../../domain/errors.ts';
import type { Catalogue } from '../catalogue.ts';
import { countsOf, noCounts } from '../counts.ts';
import type { AskRowPlays } from '../row-plays-part.ts';
import type { Row, Rows } from '../rows/rows.ts';
import type { Source, Standings } from '../standing.ts';
import { countsQuery, rowQueries, titlePath, type CountsAnswer, type RowAnswer } from './schemas.ts';
import { tellStanding } from './tell.ts';
import { readInput } from './validate.ts';

export interface RoutesDeps {
  readonly standings: Pick<Standings, 'current'>;
  readonly rows: Rows;
  readonly catalogue: Catalogue;
  readonly rowPlays: AskRowPlays;
  readonly takeRateStrength: number;
  readonly maxRowItems: number;
  readonly newId: () => string;
  readonly countRow: (row: RowAnswer['row'], source: Source) => void;
  /** Keeps what was answered. */
  readonly noteRow: (answer: RowAnswer) => void;
}

export function createRoutes(deps: RoutesDeps): Router {
  const { standings, rows, catalogue, takeRateStrength } = deps;
  const queries = rowQueries(deps.maxRowItems);
  const router = Router();

  function rowAnswer(
    row: Row,
    { row: name, window, country }: Pick<RowAnswer, 'row' | 'window' | 'country'>,
  ): RowAnswer {
    deps.countRow(name, row.standing.source);
    const answer: RowAnswer = {
      row: name,
      window,
      country,
      recommendationId: deps.newId(),
      ...tellStanding(row.standing),
      takeRateReason: row.takeRateReason,
      items: [...row.items],
    };
    deps.noteRow(answer);
    return answer;
  }

  router.get('/v1/rows/trending', (request, response) => {
    const query = readInput(queries.trending, request.query);
    const row = rows.trending(standings.current(), query);
    const { window, country = null } = query;
    response.json(rowAnswer(row, { row: 'trending', window, country }));
  });

  router.get('/v1/rows/popular', (request, response) => {
    const query = readInput(queries.popular, request.query);
    const row = rows.popular(standings.current(), query);
    response.json(rowAnswer(row, { row: 'popular', window: null, country: query.country ?? null }));
  });

  router.get('/v1/titles/:id/counts', (request, response) => {
    const { id } = readInput(titlePath, request.params);
    const { country } = readInput(countsQuery, request.query);
    const standing = standings.current();
    const entry = catalogue.find(id);
    const question = { title: id, country, strength: takeRateStrength, rowPlays: deps.rowPlays(id) };
    const counts = countsOf(standing, question);
    // Where something is missing, that nothing was counted does not say that there is no such title.
    if (counts === undefined && entry === undefined && standing.complete)
      throw new MarqueeError('TITLE_NOT_FOUND', { titleId: id });
    const answer: CountsAnswer = {
      titleId: id,
      name: entry?.name ?? null,
      country: country ?? null,
      ...(counts ?? noCounts(standing, question)),
      ...tellStanding(standing),
    };
    response.json(answer);
  });

  return router;
}
