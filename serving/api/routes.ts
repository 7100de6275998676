/** The routes of rows and titles: parameters in, answers out. All they need is in memory. */
import { Router, type Request, type Response } from 'express';
import { MarqueeError } from '../../domain/errors.ts';
import type { Catalogue } from '../catalogue.ts';
import { countsOf, noCounts } from '../counts.ts';
import { countInputs, input, viewInputs, viewVersionsOf, type PageInput } from '../home/inputs.ts';
import { SOURCE_HEADER } from '../home/router.ts';
import type { Library } from '../library/library.ts';
import type { AskRowPlays } from '../row-plays-part.ts';
import type { Row, Rows } from '../rows/rows.ts';
import type { Source, Standings } from '../standing.ts';
import { priorityOf } from './priority.ts';
import { countsQuery, rowQueries, titlePath } from './parameters.ts';
import type { CountsAnswer, RowAnswer } from './schemas.ts';
import { sourceHeader, sourceText, tellStanding } from './tell.ts';
import { readInput } from './validate.ts';

/** What was asked for, as the answer repeats it. */
type Asked = Pick<RowAnswer, 'row' | 'window' | 'country'>;

export interface RoutesDeps {
  readonly standings: Pick<Standings, 'current'>;
  readonly rows: Rows;
  readonly catalogue: Catalogue;
  readonly rowPlays: AskRowPlays;
  readonly takeRateStrength: number;
  readonly maxRowItems: number;
  readonly newId: () => string;
  readonly countRow: (row: RowAnswer['row'], source: Source) => void;
  /** Of what nobody in particular is served by; undefined before any title was read. */
  readonly versions: () => Library['versions'] | undefined;
  /** Keeps what was answered. */
  readonly noteRow: (answer: RowAnswer, isPrefetch: boolean) => void;
}

export function createRoutes(deps: RoutesDeps): Router {
  const { standings, rows, catalogue, takeRateStrength } = deps;
  const queries = rowQueries(deps.maxRowItems);
  const router = Router();

  function answer(request: Request, response: Response, row: Row, asked: Asked): void {
    const { standing } = row;
    const versions = deps.versions();
    const views =
      versions === undefined
        ? { popularity: standing.viewVersion }
        : viewVersionsOf({ versions }, standing.viewVersion);
    deps.countRow(asked.row, standing.source);
    const answered: RowAnswer = {
      ...asked,
      recommendationId: deps.newId(),
      ...tellStanding(standing),
      takeRateReason: row.takeRateReason,
      views,
      inputs: inputsOf(row, asked, versions),
      items: [...row.items],
    };
    deps.noteRow(answered, priorityOf(request) === 'prefetch');
    response.setHeader(SOURCE_HEADER, sourceHeader(standing.source, sourceText('none', standing, views)));
    response.json(answered);
  }

  router.get('/v1/rows/trending', (request, response) => {
    const query = readInput(queries.trending, request.query);
    const { window, country = null } = query;
    const row = rows.trending(standings.current(), query);
    answer(request, response, row, { row: 'trending', window, country });
  });

  router.get('/v1/rows/popular', (request, response) => {
    const query = readInput(queries.popular, request.query);
    const row = rows.popular(standings.current(), query);
    answer(request, response, row, { row: 'popular', window: null, country: query.country ?? null });
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
    const answered: CountsAnswer = {
      titleId: id,
      name: entry?.name ?? null,
      country: country ?? null,
      ...(counts ?? noCounts(standing, question)),
      ...tellStanding(standing),
    };
    response.json(answered);
  });

  return router;
}

function inputsOf(
  { step, standing }: Row,
  { row, country }: Asked,
  versions: Library['versions'] | undefined,
): PageInput[] {
  const inputs = step === 'catalogue' ? [] : countInputs(standing);
  const isByPolicy = row === 'trending' && step === 'own';
  if (versions !== undefined)
    inputs.push(...viewInputs(versions, isByPolicy ? ['catalogue', 'ranking-policy'] : ['catalogue']));
  if (country !== null) inputs.push(input('country', 'signal', 'online'));
  return inputs;
}
