/** `/v1/profiles/{id}/home` and rows alone: parameters in, pages out. */
import { Router, type Request, type Response } from 'express';
import { MarqueeError } from '../../domain/errors.ts';
import type { ProfileId } from '../../domain/ids.ts';
import { readRowName } from '../../domain/ranking/row-name.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { titlePath } from '../api/schemas.ts';
import { createQueryReader } from '../api/query.ts';
import { readInput } from '../api/validate.ts';
import type { Library } from '../library/library.ts';
import { profilePath } from '../profiles/schemas.ts';
import type { Source } from '../standing.ts';
import { readCursor } from './cursor.ts';
import { explained, tellSimilar, tellWhyNot } from './explain.ts';
import { createPageWriter, type Written } from './page-json.ts';
import type { HomePage, PageRequest, Pages } from './page.ts';
import { pageQueries, rowPath } from './schemas.ts';

export interface HomeRouterDeps {
  readonly library: () => Library | undefined;
  readonly pages: Pages;
  /** Which policy an experiment gives a profile; null for the published one. */
  readonly armOf?: (profile: ProfileId) => string | null;
  readonly maxRows: number;
  readonly maxRowItems: number;
  readonly cursorTtlMs: number;
  readonly newId: () => string;
  readonly now: () => number;
  /** Keeps what was answered. */
  readonly notePage: (page: HomePage, recommendationId: string, isPrefetch: boolean) => void;
  readonly countRow: (row: string, source: Source) => void;
}

const JSON_TYPE = 'application/json; charset=utf-8';
export const SOURCE_HEADER = 'Marquee-Source';

export function createHomeRouter(deps: HomeRouterDeps): Router {
  const { pages, newId } = deps;
  const queries = pageQueries(deps.maxRows, deps.maxRowItems);
  const writer = createPageWriter();
  const router = Router();

  /** There is one from before the first request on, unless the catalogue could not be read at all. */
  function live(): Library {
    const library = deps.library();
    if (library === undefined) throw new MarqueeError('LIBRARY_UNAVAILABLE', {});
    return library;
  }

  type Shown = ReturnType<(typeof queries)['row']['parse']> & { readonly rows?: number };
  const homeQuery = createQueryReader(queries.home);
  const rowQuery = createQueryReader(queries.row);

  function requestOf(library: Library, profile: ProfileId | null, query: Shown): PageRequest {
    const now = deps.now();
    const { cursor } = query;
    return {
      profile,
      country: query.country ?? null,
      device: query.device ?? null,
      hour: query.hour ?? Math.floor(now / HOUR_MS) % 24,
      rows: query.rows ?? 1,
      limit: query.limit,
      from: cursor === undefined ? null : readCursor(cursor, library.titles, now, deps.cursorTtlMs),
      arm: profile === null ? null : (deps.armOf?.(profile) ?? null),
    };
  }

  async function send(
    request: Request,
    response: Response,
    page: HomePage,
    write: (page: HomePage, id: string) => Written,
    isExplained: boolean,
  ): Promise<void> {
    const id = newId();
    const { body, header } = write(page, id);
    response.setHeader('Content-Type', JSON_TYPE);
    response.setHeader(SOURCE_HEADER, header);
    response.end(isExplained ? await explained(body, page, pages) : body);
    for (const { kind, source } of page.rows) deps.countRow(kind, source);
    deps.notePage(page, id, isPrefetch(request));
  }

  async function answerRow(request: Request, response: Response, profile: ProfileId | null): Promise<void> {
    const { row: name } = readInput(rowPath, request.params);
    const query = rowQuery(request);
    const library = live();
    const ref = readRowName(name, library.titles);
    if (ref === undefined) throw new MarqueeError('ROW_NOT_FOUND', { row: name.slice(0, 100) });
    const asked = requestOf(library, profile, query);
    const page = await pages.row(library, asked, ref.kind, ref.subject);
    await send(request, response, page, writer.row, query.explain === 'true');
  }

  router.get('/v1/profiles/:id/home', async (request, response) => {
    const { id } = readInput(profilePath, request.params);
    const query = homeQuery(request);
    const library = live();
    const page = await pages.home(library, requestOf(library, id, query));
    await send(request, response, page, writer.home, query.explain === 'true');
  });

  router.get('/v1/home', async (request, response) => {
    const query = homeQuery(request);
    const library = live();
    const page = await pages.home(library, requestOf(library, null, query));
    await send(request, response, page, writer.home, query.explain === 'true');
  });

  router.get('/v1/profiles/:id/rows/:row', async (request, response) => {
    const { id } = readInput(profilePath, { id: request.params['id'] });
    await answerRow(request, response, id);
  });

  router.get('/v1/rows/:row', (request, response) => answerRow(request, response, null));

  router.get('/v1/titles/:id/similar', async (request, response) => {
    const { id } = readInput(titlePath, request.params);
    const query = readInput(queries.similar, request.query);
    const library = live();
    const title = library.titles.numberOf(id);
    if (title < 0) throw new MarqueeError('TITLE_NOT_FOUND', { titleId: id });
    const shown = requestOf(library, null, { ...query, explain: 'false' });
    const { rank } = await pages.ask(library, shown);
    response.json(tellSimilar(library, title, library.ranker.similar(rank, title), shown, newId()));
  });

  router.get('/v1/profiles/:id/why-not/:title', async (request, response) => {
    const { id } = readInput(profilePath, { id: request.params['id'] });
    const { id: title } = readInput(titlePath, { id: request.params['title'] });
    const query = readInput(queries.whyNot, request.query);
    const library = live();
    const { rank } = await pages.ask(library, requestOf(library, id, { ...query, explain: 'false' }));
    response.json(tellWhyNot(library, id, title, library.ranker.whyNot(rank, title), rank.policy));
  });

  return router;
}

/** Whether a browser or an app asks ahead of anybody looking (the Fetch standard's `Sec-Purpose`). */
export const isPrefetch = (request: Request): boolean =>
  (request.headers['sec-purpose'] ?? request.headers['purpose'] ?? '').includes('prefetch');
