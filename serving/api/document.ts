/** The OpenAPI document, made from the schemas that validate. */
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { z } from 'zod';
import { analyticsPaths } from '../analytics/document.ts';
import { entryPaths } from '../entries/document.ts';
import { homePaths } from '../home/document.ts';
import { opsPaths } from '../ops/document.ts';
import {
  impressionsAnswer,
  impressionsQuery,
  profilePath,
  signalsAnswer,
  nearlineAnswer,
  nearlineQuery,
  titlePairsAnswer,
  titlePairsQuery,
  watchingAnswer,
  watchingQuery,
} from '../profiles/schemas.ts';
import { invalid, json, missing, ok, problem, sourceHeaders, text } from './answers.ts';
import { withSharedFaults } from './shared-faults.ts';
import { countsQuery, rowQueries, titlePath } from './parameters.ts';
import { countsAnswer, rowAnswer } from './schemas.ts';
import { withSecurity } from './secured.ts';

function rowPaths(maxRowItems: number): ZodOpenApiPathsObject {
  const queries = rowQueries(maxRowItems);
  const row = (summary: string, query: z.ZodObject): ZodOpenApiOperationObject => ({
    tags: ['rows'],
    summary,
    description:
      'Only titles of the catalogue that may be shown now, in the country asked for. `device` and `hour` are checked as for other rows, and nothing here is ranked by them. Other parameters are refused.',
    requestParams: { query },
    responses: {
      '200': {
        ...ok(rowAnswer, 'The row; `source` and `fallbackReason` say where from.'),
        headers: sourceHeaders,
      },
      '400': invalid,
    },
  });
  return {
    '/v1/rows/trending': {
      get: row('Titles whose plays rise most against the window before', queries.trending),
    },
    '/v1/rows/popular': { get: row('Titles with most plays', queries.popular) },
    '/v1/titles/{id}/counts': {
      get: {
        tags: ['titles'],
        summary: 'What was counted of a title: batch part, speed part, total',
        requestParams: { path: titlePath, query: countsQuery },
        responses: { '200': ok(countsAnswer), '400': invalid, '404': missing },
      },
    },
  };
}

const profileFaults = {
  '400': invalid,
  '404': { description: 'Nothing is stored of the profile.', content: problem },
  '503': {
    description: 'The profile store does not answer in time, or has nothing of the partition yet: try again.',
    content: problem,
  },
};

const profilePaths: ZodOpenApiPathsObject = {
  '/v1/profiles/{id}/impressions': {
    get: {
      tags: ['profiles'],
      summary: 'What a profile was shown: decayed counts, last seen, capped or not, per title and row',
      description: 'Explicit impressions, as the behaviour process has folded them.',
      requestParams: { path: profilePath, query: impressionsQuery },
      responses: {
        '200': ok(impressionsAnswer, 'The strongest titles.'),
        ...profileFaults,
      },
    },
  },
  '/v1/profiles/{id}/signals': {
    get: {
      tags: ['profiles'],
      summary:
        'Signals of a profile that hold: binge, abandonment, repeated search, completion, rewatch, genre shift',
      requestParams: { path: profilePath },
      responses: {
        '200': ok(signalsAnswer, 'The newest first.'),
        ...profileFaults,
      },
    },
  },
  '/v1/profiles/{id}/title-pairs': {
    get: {
      tags: ['profiles'],
      summary: 'Titles that a profile watches together',
      requestParams: { path: profilePath, query: titlePairsQuery },
      responses: {
        '200': ok(titlePairsAnswer, 'The strongest pairs.'),
        ...profileFaults,
      },
    },
  },
  '/v1/profiles/{id}/watching': {
    get: {
      tags: ['profiles'],
      summary: 'What a profile watched and how far, its list and its ratings',
      description: 'As the behaviour process has folded plays and interactions; `limit` holds for each list.',
      requestParams: { path: profilePath, query: watchingQuery },
      responses: {
        '200': ok(watchingAnswer, 'Each newest first.'),
        ...profileFaults,
      },
    },
  },
  '/v1/profiles/{id}/nearline': {
    get: {
      tags: ['profiles'],
      summary: 'Rows that were ranked for a profile when it had watched something',
      description:
        'As ranked: availability, caps and what the page shows already are seen to when it is made.',
      requestParams: { path: profilePath, query: nearlineQuery },
      responses: {
        '200': ok(nearlineAnswer, 'The rows, what they were ranked for, and the models they are of.'),
        ...profileFaults,
      },
    },
  },
};

const health: ZodOpenApiPathsObject = {
  '/livez': {
    get: {
      tags: ['health'],
      summary: 'Whether the process lives',
      responses: { '200': ok(z.object({ live: z.literal(true) })) },
    },
  },
  '/readyz': {
    get: {
      tags: ['health'],
      summary: 'Whether it can answer',
      responses: {
        '200': ok(readiness(), 'It can.'),
        '503': { description: 'Not yet.', content: json(readiness()) },
      },
    },
  },
  '/metrics': {
    get: {
      tags: ['health'],
      summary: 'Metrics in the text format of Prometheus',
      responses: { '200': text('All series.') },
    },
  },
  '/openapi.json': {
    get: {
      tags: ['health'],
      summary: 'This document',
      responses: { '200': ok(z.looseObject({ openapi: z.string() })) },
    },
  },
};

function readiness(): z.ZodType {
  return z.object({ ready: z.boolean(), checks: z.record(z.string(), z.string()) });
}

export type OpenApiDocument = ReturnType<typeof createDocument>;

export function createOpenApi(maxRowItems: number, version: string, maxRows = 40): OpenApiDocument {
  const document = createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Marquee',
      version,
      description: 'Rows of titles, and the counts behind them, merged from batch and stream.',
    },
    paths: withSharedFaults({
      ...rowPaths(maxRowItems),
      ...homePaths(maxRows, maxRowItems),
      ...profilePaths,
      ...entryPaths,
      ...analyticsPaths(),
      ...opsPaths(),
      ...health,
    }),
  });
  return withSecurity(document);
}
