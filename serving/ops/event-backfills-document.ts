/** Backfills of events, for the OpenAPI document. */
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { away, conflict, invalid, json, missing, ok, tooLarge } from '../api/answers.ts';
import {
  deriveBody,
  eventsBody,
  eventsPath,
  eventsReport,
  eventsSummaries,
  shardPath,
} from './event-backfills-schemas.ts';
import { approvalBody, listQuery, started } from './schemas.ts';

const one = { tags: ['operations'], requestParams: { path: eventsPath } };
const found = { '200': ok(eventsReport), '400': invalid, '404': missing, '503': away };
const told = { ...found, '409': conflict, '413': tooLarge };

export const eventBackfillPaths: ZodOpenApiPathsObject = {
  '/v1/ops/event-backfills': {
    get: {
      tags: ['operations'],
      summary: 'Backfills of events, newest first',
      requestParams: { query: listQuery },
      responses: { '200': ok(eventsSummaries), '400': invalid, '503': away },
    },
    post: {
      tags: ['operations'],
      summary:
        'Starts a backfill of events: a part of the raw log is folded anew, and laid over the lake once approved',
      requestBody: { required: true, content: json(eventsBody) },
      responses: {
        '202': ok(started, 'It was started.'),
        '400': invalid,
        '409': conflict,
        '413': tooLarge,
        '503': away,
      },
    },
  },
  '/v1/ops/event-backfills/{id}': {
    get: { ...one, summary: 'State, plan, audit and difference', responses: found },
  },
  '/v1/ops/event-backfills/{id}/approve': {
    post: {
      ...one,
      summary: 'Lets a backfill that waits for approval change the lake and publish',
      requestBody: { required: true, content: json(approvalBody) },
      responses: told,
    },
  },
  '/v1/ops/event-backfills/{id}/derive': {
    post: {
      ...one,
      summary: 'Has what follows from the events of a run worked out anew, and said anew once approved',
      requestBody: { required: true, content: json(deriveBody) },
      responses: {
        '202': ok(started, 'It was started.'),
        '400': invalid,
        '404': missing,
        '409': conflict,
        '413': tooLarge,
        '503': away,
      },
    },
  },
  '/v1/ops/event-backfills/{id}/pause': {
    post: { ...one, summary: 'Lets no further shard or step begin', responses: told },
  },
  '/v1/ops/event-backfills/{id}/resume': {
    post: { ...one, summary: 'Lets a paused backfill go on', responses: told },
  },
  '/v1/ops/event-backfills/{id}/cancel': {
    post: { ...one, summary: 'Ends it before anything is changed', responses: told },
  },
  '/v1/ops/event-backfills/{id}/shards/{shard}/retry': {
    post: {
      ...one,
      summary: 'Folds a shard again: a failed one, or any while approval is waited for',
      requestParams: { path: shardPath },
      responses: told,
    },
  },
};
