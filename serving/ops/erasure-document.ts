/** The routes of erasures, for the OpenAPI document. */
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { away, invalid, json, missing, ok, tooLarge } from '../api/answers.ts';
import {
  erasureBody,
  erasurePath,
  erasureStanding,
  erasureStarted,
  erasureSummaries,
} from './erasure-schemas.ts';

export const erasurePaths: ZodOpenApiPathsObject = {
  '/v1/ops/erasures': {
    get: {
      tags: ['operations'],
      summary: 'Erasures, newest first',
      responses: { '200': ok(erasureSummaries), '400': invalid, '503': away },
    },
    post: {
      tags: ['operations'],
      summary: 'Erases a profile; asked for again while it runs, it is the same erasure',
      requestBody: { required: true, content: json(erasureBody) },
      responses: {
        '202': ok(erasureStarted, 'It was started.'),
        '400': invalid,
        '413': tooLarge,
        '503': away,
      },
    },
  },
  '/v1/ops/erasures/{id}': {
    get: {
      tags: ['operations'],
      summary: 'How far an erasure has come, or what it came to',
      requestParams: { path: erasurePath },
      responses: { '200': ok(erasureStanding), '400': invalid, '404': missing, '503': away },
    },
  },
};
