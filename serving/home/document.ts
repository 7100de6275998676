/** Pages and rows of profiles, for the OpenAPI document. */
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import type { z } from 'zod';
import { sourceHeaders } from '../api/answers.ts';
import { titlePath } from '../api/parameters.ts';
import { errorAnswer } from '../api/schemas.ts';
import { profilePath } from '../profiles/schemas.ts';
import { homeAnswer, pageQueries, pageRowAnswer, rowPath, similarAnswer, whyNotAnswer } from './schemas.ts';

const json = (schema: z.ZodType) => ({ 'application/json': { schema } });
const fault = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: errorAnswer } },
});

const faults = {
  '400': fault('A parameter is wrong.'),
  '410': fault('The cursor is too old, or the catalogue is another by now: ask anew.'),
  '503': fault('No title was read yet: try again.'),
};
const noRow = fault('There is no such row.');
const noTitle = fault('There is no such title.');

export function homePaths(maxRows: number, maxRowItems: number): ZodOpenApiPathsObject {
  const queries = pageQueries(maxRows, maxRowItems);
  const get = (
    summary: string,
    params: NonNullable<ZodOpenApiOperationObject['requestParams']>,
    answer: z.ZodType,
    more: ZodOpenApiOperationObject['responses'] = {},
  ): { get: ZodOpenApiOperationObject } => ({
    get: {
      tags: ['pages'],
      summary,
      requestParams: params,
      responses: {
        '200': {
          description: 'The answer; it is never empty while a title may be shown.',
          ...(answer === whyNotAnswer ? {} : { headers: sourceHeaders }),
          content: json(answer),
        },
        ...faults,
        ...more,
      },
    },
  });
  return {
    '/v1/profiles/{id}/home': get(
      'The home page of a profile: rows in order, no title twice',
      { path: profilePath, query: queries.home },
      homeAnswer,
    ),
    '/v1/home': get('The home page of nobody in particular', { query: queries.home }, homeAnswer),
    '/v1/profiles/{id}/rows/{row}': get(
      'One row for a profile',
      { path: profilePath.extend(rowPath.shape), query: queries.row },
      pageRowAnswer,
      { '404': noRow },
    ),
    '/v1/rows/{row}': get(
      'One row for nobody in particular; `trending` and `popular` are described for themselves',
      { path: rowPath, query: queries.row },
      pageRowAnswer,
      { '404': noRow },
    ),
    '/v1/titles/{id}/similar': get(
      'Titles like one',
      { path: titlePath, query: queries.similar },
      similarAnswer,
      {
        '200': {
          description:
            'Titles like it, or popular ones in their place; never empty while another may be shown.',
          headers: sourceHeaders,
          content: json(similarAnswer),
        },
        '404': noTitle,
      },
    ),
    '/v1/profiles/{id}/why-not/{title}': get(
      'What keeps a title off the page of a profile',
      {
        path: profilePath.extend({ title: titlePath.shape.id.meta({ id: 'WhyNotTitle' }) }),
        query: queries.whyNot,
      },
      whyNotAnswer,
    ),
  };
}
