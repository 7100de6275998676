/** Answers with pages and with rows alone, whoever carries them: parameters in, JSON out. */
import type { IncomingHttpHeaders } from 'node:http';
import { MarqueeError } from '../../domain/errors.ts';
import type { ProfileId, TitleId } from '../../domain/ids.ts';
import { readRowName } from '../../domain/ranking/row-name.ts';
import { HOUR_MS } from '../../domain/time.ts';
import type { Log } from '../../infra/log.ts';
import { createQueryReader } from '../api/query.ts';
import type { ServedLibrary } from '../library/candidates.ts';
import type { Source } from '../standing.ts';
import { readCursor } from './cursor.ts';
import { explained } from './explain.ts';
import { createPageWriter, type Written } from './page-json.ts';
import type { HomePage, PageRequest, Pages } from './page.ts';
import { pageQueries } from './schemas.ts';
import { SIMILAR, similarRow, writeSimilar, type SimilarRow } from './similar.ts';

export interface HomeAnswersDeps {
  /** What a profile is served by; null is nobody in particular. */
  readonly library: (profile: ProfileId | null) => ServedLibrary | undefined;
  readonly pages: Pages;
  readonly maxRows: number;
  readonly maxRowItems: number;
  readonly cursorTtlMs: number;
  readonly newId: () => string;
  readonly now: () => number;
  /** Keeps what was answered. */
  readonly notePage: (page: HomePage, recommendationId: string, isPrefetch: boolean) => void;
  readonly noteSimilar: (row: SimilarRow, recommendationId: string, isPrefetch: boolean) => void;
  readonly countRow: (row: string, source: Source) => void;
  readonly log: Log;
}

/** As much of a request as is looked at. */
export interface HomeRequest {
  readonly url: string;
  readonly query: object;
  readonly headers: IncomingHttpHeaders;
}

type Queries = ReturnType<typeof pageQueries>;
export type ShownQuery = ReturnType<Queries['row']['parse']> & { readonly rows?: number };

export interface HomeAnswers {
  readonly queries: Queries;
  home(request: HomeRequest, profile: ProfileId | null): Promise<Written>;
  /** ROW_NOT_FOUND for a name that is of no row. */
  row(request: HomeRequest, profile: ProfileId | null, name: string): Promise<Written>;
  /** Titles like one; TITLE_NOT_FOUND for what is not in the catalogue. */
  similar(request: HomeRequest, title: TitleId): Promise<Written>;
  /** LIBRARY_UNAVAILABLE before any title was read. */
  serve(profile: ProfileId | null): ServedLibrary;
  requestOf(served: ServedLibrary, profile: ProfileId | null, query: ShownQuery): PageRequest;
}

export function createHomeAnswers(deps: HomeAnswersDeps): HomeAnswers {
  const { pages, newId } = deps;
  const queries = pageQueries(deps.maxRows, deps.maxRowItems);
  const writer = createPageWriter();
  const homeQuery = createQueryReader(queries.home);
  const rowQuery = createQueryReader(queries.row);
  const similarQuery = createQueryReader(queries.similar);

  function serve(profile: ProfileId | null): ServedLibrary {
    const served = deps.library(profile);
    // There is one from before the first request on, unless the catalogue could not be read at all.
    if (served === undefined) throw new MarqueeError('LIBRARY_UNAVAILABLE', {});
    return served;
  }

  function requestOf(
    { library, canaryArm }: ServedLibrary,
    profile: ProfileId | null,
    query: ShownQuery,
  ): PageRequest {
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
      arm: profile === null ? null : library.armOf(profile),
      canaryArm,
    };
  }

  async function finish(
    request: HomeRequest,
    page: HomePage,
    write: (page: HomePage, id: string) => Written,
    query: Pick<ShownQuery, 'explain' | 'purpose'>,
  ): Promise<Written> {
    const id = newId();
    const { body, header } = write(page, id);
    for (const { kind, source } of page.rows) deps.countRow(kind, source);
    deps.notePage(page, id, isPrefetch(request, query));
    return { header, body: query.explain === 'true' ? explained(body, page) : body };
  }

  return {
    queries,
    serve,
    requestOf,
    async home(request, profile) {
      const query = homeQuery(request);
      const served = serve(profile);
      const page = await pages.home(served.library, requestOf(served, profile, query));
      return finish(request, page, writer.home, query);
    },
    async row(request, profile, name) {
      const query = rowQuery(request);
      const served = serve(profile);
      const { library } = served;
      const ref = readRowName(name, library.titles);
      if (ref === undefined) throw new MarqueeError('ROW_NOT_FOUND', { row: name.slice(0, 100) });
      const page = await pages.row(library, requestOf(served, profile, query), ref.kind, ref.subject);
      return finish(request, page, writer.row, query);
    },
    async similar(request, id) {
      const query = similarQuery(request);
      const served = serve(null);
      const { library } = served;
      const title = library.titles.numberOf(id);
      if (title < 0) throw new MarqueeError('TITLE_NOT_FOUND', { titleId: id });
      const shown = requestOf(served, null, { ...query, explain: 'false' });
      const row = similarRow(library, shown, await pages.ask(library, shown), title, deps.log);
      const recommendationId = newId();
      deps.countRow(SIMILAR, row.source);
      deps.noteSimilar(row, recommendationId, isPrefetch(request, query));
      return writeSimilar(row, recommendationId);
    },
  };
}

const isPrefetch = (request: HomeRequest, { purpose }: Pick<ShownQuery, 'purpose'>): boolean =>
  purpose === 'prefetch' || saysPrefetch(request);

/** Whether a browser or an app asks ahead of anybody looking (the Fetch standard's `Sec-Purpose`). */
const saysPrefetch = ({ headers }: Pick<HomeRequest, 'headers'>): boolean =>
  String(headers['sec-purpose'] ?? headers['purpose'] ?? '').includes('prefetch');
