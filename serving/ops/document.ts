/** What operators ask for, for the OpenAPI document. */
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import type { z } from 'zod';
import { away, conflict, invalid, json, missing, ok, storeAway, tooLarge } from '../api/answers.ts';
import { eventBackfillPaths } from './event-backfills-document.ts';
import { erasurePaths } from './erasure-document.ts';
import { careBody, carePath, careRun, careStarted, lakeAnswer } from './lake-schemas.ts';
import { parityAnswer, parityQuery } from './parity-schemas.ts';
import { approvalBody, backfillPath, listQuery, orderBody, report, started, summaries } from './schemas.ts';
import {
  pinBody,
  rollBackBody,
  steered,
  unpinBody,
  versionsQuery,
  viewAnswer,
  viewPath,
} from './views-schemas.ts';

const viewFaults = { '400': invalid, '404': missing, '503': storeAway };
const steering = (summary: string, body: z.ZodType) => ({
  tags: ['operations'],
  summary,
  requestParams: { path: viewPath },
  requestBody: { required: true, content: json(body) },
  responses: {
    '200': ok(steered, 'What subscribers are to serve now.'),
    ...viewFaults,
    '409': conflict,
    '413': tooLarge,
  },
});

const viewPaths: ZodOpenApiPathsObject = {
  '/v1/ops/views/{view}': {
    get: {
      tags: ['operations'],
      summary: 'What is served of a view, its newest versions, and who serves which',
      requestParams: { path: viewPath, query: versionsQuery },
      responses: { '200': ok(viewAnswer), ...viewFaults },
    },
  },
  '/v1/ops/views/{view}/pin': {
    post: steering('Serves one version until it is let go, whatever is announced', pinBody),
  },
  '/v1/ops/views/{view}/unpin': { post: steering('Serves what is announced again', unpinBody) },
  '/v1/ops/views/{view}/rollback': {
    post: steering(
      'Refuses the announced version for good, and serves the newest good one before it',
      rollBackBody,
    ),
  },
};

const lakePaths: ZodOpenApiPathsObject = {
  '/v1/ops/lake': {
    get: {
      tags: ['operations'],
      summary: 'Files, rows, snapshots and tags of the tables of the lake',
      responses: { '200': ok(lakeAnswer), '503': storeAway },
    },
  },
  '/v1/ops/lake/care': {
    post: {
      tags: ['operations'],
      summary: 'Sees to the tables of the lake now: tags, compaction, expiry, orphans',
      requestBody: { required: true, content: json(careBody) },
      responses: { '202': ok(careStarted, 'It was started.'), '400': invalid, '413': tooLarge, '503': away },
    },
  },
  '/v1/ops/lake/care/{id}': {
    get: {
      tags: ['operations'],
      summary: 'Whether it is done, and what came of it',
      requestParams: { path: carePath },
      responses: { '200': ok(careRun), '400': invalid, '404': missing, '503': away },
    },
  },
};

/** Paths of the operators' port. */
export function opsPaths(): ZodOpenApiPathsObject {
  const one = { tags: ['operations'], requestParams: { path: backfillPath } };
  const found = { '200': ok(report), '400': invalid, '404': missing, '503': away };
  return {
    '/v1/ops/backfills': {
      get: {
        tags: ['operations'],
        summary: 'Backfills, newest first',
        requestParams: { query: listQuery },
        responses: { '200': ok(summaries), '400': invalid, '503': away },
      },
      post: {
        tags: ['operations'],
        summary: 'Starts a backfill: a range of hours is recounted from the lake',
        requestBody: { required: true, content: json(orderBody) },
        responses: {
          '202': ok(started, 'It was started.'),
          '400': invalid,
          '409': conflict,
          '413': tooLarge,
          '503': away,
        },
      },
    },
    '/v1/ops/backfills/{id}': {
      get: { ...one, summary: 'State, progress and difference', responses: found },
    },
    '/v1/ops/backfills/{id}/approve': {
      post: {
        ...one,
        summary: 'Lets a backfill that waits for approval publish',
        requestBody: { required: true, content: json(approvalBody) },
        responses: { ...found, '409': conflict, '413': tooLarge },
      },
    },
    '/v1/ops/backfills/{id}/cancel': {
      post: {
        ...one,
        summary: 'Stops a backfill; nothing of it is published',
        responses: { ...found, '413': tooLarge },
      },
    },
    ...eventBackfillPaths,
    ...viewPaths,
    ...erasurePaths,
    ...lakePaths,
    '/v1/ops/parity': {
      get: {
        tags: ['operations'],
        summary: 'Whether both lanes count the same in every finished block',
        requestParams: { query: parityQuery },
        responses: { '200': ok(parityAnswer), '400': invalid, '503': storeAway },
      },
    },
  };
}
