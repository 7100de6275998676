/** `/v1/ops/event-backfills`: start, look at, approve, derive from, pause, resume and cancel, and have a shard folded again. */
import express, { Router, type Request, type RequestHandler } from 'express';
import { MarqueeError } from '../../domain/errors.ts';
import type { EventBackfillClient } from '../../infra/temporal/event-backfills.ts';
import { withDeadline } from '../api/deadline.ts';
import { readInput } from '../api/validate.ts';
import { deriveBody, eventsBody, eventsPath, shardPath } from './event-backfills-schemas.ts';
import { approvalBody, listQuery } from './schemas.ts';

const LARGEST_BODY = '16kb';

export interface EventRouteDeps {
  /** Undefined where this process has no access to Temporal. */
  readonly eventBackfills: EventBackfillClient | undefined;
  readonly deadlineMs: number;
}

export function createEventBackfillsRouter({ eventBackfills, deadlineMs }: EventRouteDeps): Router {
  const router = Router();
  const answer =
    (
      status: number,
      verb: (client: EventBackfillClient, request: Request) => Promise<unknown>,
    ): RequestHandler =>
    async (request, response) => {
      if (eventBackfills === undefined) throw unavailable('this process is not connected to it');
      const late = (): MarqueeError => unavailable(`no answer within ${deadlineMs} ms`);
      response.status(status).json(await withDeadline(verb(eventBackfills, request), deadlineMs, late));
    };
  const idOf = (request: Request): string => readInput(eventsPath, request.params).id;
  const root = '/v1/ops/event-backfills';
  router.use(root, express.json({ limit: LARGEST_BODY, strict: false }));
  router.post(
    root,
    answer(202, (client, request) => client.start(readInput(eventsBody, request.body))),
  );
  router.get(
    root,
    answer(200, async (client, request) => ({
      backfills: await client.list(readInput(listQuery, request.query).limit),
    })),
  );
  router.get(
    `${root}/:id`,
    answer(200, (client, request) => client.get(idOf(request))),
  );
  router.post(
    `${root}/:id/approve`,
    answer(200, (client, request) =>
      client.approve(idOf(request), readInput(approvalBody, request.body).approver),
    ),
  );
  router.post(
    `${root}/:id/derive`,
    answer(202, (client, request) =>
      client.derive(idOf(request), readInput(deriveBody, request.body).dryRun),
    ),
  );
  for (const verb of ['pause', 'resume', 'cancel'] as const)
    router.post(
      `${root}/:id/${verb}`,
      answer(200, (client, request) => client[verb](idOf(request))),
    );
  router.post(
    `${root}/:id/shards/:shard/retry`,
    answer(200, (client, request) => {
      const { id, shard } = readInput(shardPath, request.params);
      return client.retry(id, Number(shard));
    }),
  );
  return router;
}

const unavailable = (reason: string): MarqueeError =>
  new MarqueeError('WORKFLOW_SERVICE_UNAVAILABLE', { reason });
