/** Analytics, for the OpenAPI document. */
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import type { z } from 'zod';
import { errorAnswer } from '../api/schemas.ts';
import {
  launchesAnswer,
  launchesQuery,
  performedRowsAnswer,
  performedRowsQuery,
  positionsAnswer,
  positionsQuery,
  promotionsAnswer,
  promotionsQuery,
  unengagedAnswer,
  unengagedQuery,
} from './schemas.ts';

const json = (schema: z.ZodType) => ({ 'application/json': { schema } });
const invalid = {
  description: 'A parameter is wrong.',
  content: { 'application/problem+json': { schema: errorAnswer } },
};

export function analyticsPaths(): ZodOpenApiPathsObject {
  const get = (summary: string, query: z.ZodObject, answer: z.ZodType) => ({
    get: {
      tags: ['analytics'],
      summary,
      requestParams: { query },
      responses: { '200': { description: 'The answer.', content: json(answer) }, '400': invalid },
    },
  });
  return {
    '/v1/analytics/rows': get('How rows perform', performedRowsQuery, performedRowsAnswer),
    '/v1/analytics/positions': get(
      'How places in rows perform, all together or in one row',
      positionsQuery,
      positionsAnswer,
    ),
    '/v1/analytics/promotions': get('How promotions perform', promotionsQuery, promotionsAnswer),
    '/v1/analytics/launches': get('How new launches perform', launchesQuery, launchesAnswer),
    '/v1/analytics/unengaged': get('Titles shown and not engaged with', unengagedQuery, unengagedAnswer),
  };
}
