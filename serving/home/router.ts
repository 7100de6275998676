/** `/v1/profiles/{id}/home` and rows alone: parameters in, pages out. */
import { Router, type Response } from 'express';
import { titlePath } from '../api/parameters.ts';
import { readInput } from '../api/validate.ts';
import { profilePath } from '../profiles/schemas.ts';
import type { HomeAnswers, HomeAnswersDeps } from './answers.ts';
import { tellWhyNot } from './explain.ts';
import type { Written } from './page-json.ts';
import { rowPath } from './schemas.ts';

export interface HomeRouterDeps extends Pick<HomeAnswersDeps, 'pages'> {
  readonly answers: HomeAnswers;
}

export const JSON_TYPE = 'application/json; charset=utf-8';
export const SOURCE_HEADER = 'Marquee-Source';

export function createHomeRouter({ answers, pages }: HomeRouterDeps): Router {
  const router = Router();

  async function send(response: Response, written: Promise<Written>): Promise<void> {
    const { body, header } = await written;
    response.setHeader('Content-Type', JSON_TYPE);
    response.setHeader(SOURCE_HEADER, header);
    response.end(body);
  }

  router.get('/v1/profiles/:id/home', (request, response) => {
    const { id } = readInput(profilePath, request.params);
    return send(response, answers.home(request, id));
  });

  router.get('/v1/home', (request, response) => send(response, answers.home(request, null)));

  router.get('/v1/profiles/:id/rows/:row', (request, response) => {
    const { id } = readInput(profilePath, { id: request.params['id'] });
    const { row } = readInput(rowPath, request.params);
    return send(response, answers.row(request, id, row));
  });

  router.get('/v1/rows/:row', (request, response) => {
    const { row } = readInput(rowPath, request.params);
    return send(response, answers.row(request, null, row));
  });

  router.get('/v1/titles/:id/similar', (request, response) => {
    const { id } = readInput(titlePath, request.params);
    return send(response, answers.similar(request, id));
  });

  router.get('/v1/profiles/:id/why-not/:title', async (request, response) => {
    const { id } = readInput(profilePath, { id: request.params['id'] });
    const { id: title } = readInput(titlePath, { id: request.params['title'] });
    const query = readInput(answers.queries.whyNot, request.query);
    const served = answers.serve(id);
    const { library } = served;
    const { rank } = await pages.ask(library, answers.requestOf(served, id, { ...query, explain: 'false' }));
    response.json(tellWhyNot(library, id, title, library.ranker.whyNot(rank, title), rank.policy));
  });

  return router;
}
