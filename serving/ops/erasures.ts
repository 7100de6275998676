/** `/v1/ops/erasures`: begin one, and see what becomes of it. */
import express, { Router, type Request, type RequestHandler } from 'express';
import { MarqueeError } from '../../domain/errors.ts';
import type { ErasureClient } from '../../infra/temporal/erasures.ts';
import { withDeadline } from '../api/deadline.ts';
import { readInput } from '../api/validate.ts';
import { erasureBody, erasurePath } from './erasure-schemas.ts';

/** Port: erasures as operators begin and follow them. */
export type ErasureOps = Pick<ErasureClient, 'start' | 'get' | 'list'>;

export interface ErasureRouteDeps {
  /** Undefined where no key is configured: nobody can be erased from here. */
  readonly erasureOps: ErasureOps | undefined;
  readonly deadlineMs: number;
}

const LARGEST_BODY = '4kb';

export function createErasuresRouter({ erasureOps, deadlineMs }: ErasureRouteDeps): Router {
  const router = Router();
  const answer =
    (status: number, verb: (ops: ErasureOps, request: Request) => Promise<unknown>): RequestHandler =>
    async (request, response) => {
      if (erasureOps === undefined)
        throw new MarqueeError('ERASURE_REFUSED', { reason: 'ERASURE_KEY is not set on this process' });
      const late = (): MarqueeError =>
        new MarqueeError('WORKFLOW_SERVICE_UNAVAILABLE', { reason: `no answer within ${deadlineMs} ms` });
      response.status(status).json(await withDeadline(verb(erasureOps, request), deadlineMs, late));
    };
  router.post(
    '/v1/ops/erasures',
    express.json({ limit: LARGEST_BODY, strict: false }),
    answer(202, (ops, request) => ops.start(readInput(erasureBody, request.body))),
  );
  router.get(
    '/v1/ops/erasures',
    answer(200, async (ops) => ({ erasures: await ops.list() })),
  );
  router.get(
    '/v1/ops/erasures/:id',
    answer(200, (ops, request) => ops.get(readInput(erasurePath, request.params).id)),
  );
  return router;
}
