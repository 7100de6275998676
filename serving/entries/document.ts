/** `/v1/views` in the OpenAPI document. */
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { invalid, ok, problem } from '../api/answers.ts';
import { entryAnswer, entryPath } from './schemas.ts';

export const entryPaths: ZodOpenApiPathsObject = {
  '/v1/views/{view}/{key}': {
    get: {
      tags: ['views'],
      summary: 'One entry of a view that is read by key, as the served version has it',
      description:
        'Of views that `SERVING_ENTRY_VIEWS` names: those that files of SQL declare above all. A part of the key finds all rows that begin with it.',
      requestParams: { path: entryPath },
      responses: {
        '200': ok(entryAnswer, 'Its rows.'),
        '400': invalid,
        '404': { description: 'The view has no such entry, or is not read by key.', content: problem },
        '503': { description: 'The view has no version yet, or is too slow: try again.', content: problem },
      },
    },
  },
};
