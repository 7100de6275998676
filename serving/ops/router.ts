/** `/v1/ops/backfills`: start, look at, approve and cancel. */
import express, { Router, type Request, type RequestHandler, type Response } from 'express';
import { MarqueeError } from '../../domain/errors.ts';
import { withDeadline } from '../api/deadline.ts';
import { readInput } from '../api/validate.ts';
import type { BackfillClient } from './port.ts';
import { approvalBody, backfillPath, listQuery, orderBody } from './schemas.ts';

const LARGEST_BODY = '16kb';

export interface OpsDeps {
  /** Undefined where this process has no access to Temporal. */
  readonly backfills: BackfillClient | undefined;
  readonly deadlineMs: number;
}

export function createOpsRouter({ backfills, deadlineMs }: OpsDeps): Router {
  const router = Router();
  router.use(express.json({ limit: LARGEST_BODY, strict: false }));

  /** Answers with what the verb gives, or with the reason why it took too long. */
  const answer =
    (status: number, verb: (client: BackfillClient, request: Request) => Promise<unknown>): RequestHandler =>
    async (request: Request, response: Response) => {
      if (backfills === undefined) throw unavailable('this process is not connected to it');
      const late = (): MarqueeError => unavailable(`no answer within ${deadlineMs} ms`);
      response.status(status).json(await withDeadline(verb(backfills, request), deadlineMs, late));
    };
  const idOf = (request: Request): string => readInput(backfillPath, request.params).id;

  router.post(
    '/v1/ops/backfills',
    answer(202, (client, request) => client.start(readInput(orderBody, request.body))),
  );
  router.get(
    '/v1/ops/backfills',
    answer(200, async (client, request) => ({
      backfills: await client.list(readInput(listQuery, request.query).limit),
    })),
  );
  router.get(
    '/v1/ops/backfills/:id',
    answer(200, (client, request) => client.get(idOf(request))),
  );
  router.post(
    '/v1/ops/backfills/:id/approve',
    answer(200, (client, request) =>
      client.approve(idOf(request), readInput(approvalBody, request.body).approver),
    ),
  );
  router.post(
    '/v1/ops/backfills/:id/cancel',
    answer(200, (client, request) => client.cancel(idOf(request))),
  );
  return router;
}

const unavailable = (reason: string): MarqueeError =>
  new MarqueeError('WORKFLOW_SERVICE_UNAVAILABLE', { reason });
