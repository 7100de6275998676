/** `/v1/ops/lake`: what the tables are made of, and their care. */
import express, { Router, type Request, type RequestHandler } from 'express';
import { MarqueeError } from '../../domain/errors.ts';
import type { LakeCareRequest, LakeCareRun } from '../../domain/lake-care.ts';
import { withDeadline } from '../api/deadline.ts';
import { readInput } from '../api/validate.ts';
import type { LakeCare } from '../../infra/lake/care/care.ts';
import { careBody, carePath } from './lake-schemas.ts';

/**
 * Port: the lake as operators see to it. LAKE_UNAVAILABLE, OBJECT_STORE_UNAVAILABLE, WORKFLOW_SERVICE_UNAVAILABLE, and
 * JOB_NOT_FOUND for an id that is of no run.
 */
export interface LakeOps {
  readonly stats: LakeCare['stats'];
  /** Begins a run beside the schedule's. */
  start(request: LakeCareRequest): Promise<{ readonly id: string }>;
  get(id: string): Promise<LakeCareRun>;
}

export interface LakeRouteDeps {
  /** Undefined where this process has no access to it. */
  readonly lakeOps: LakeOps | undefined;
  readonly deadlineMs: number;
}

const LARGEST_BODY = '4kb';

export function createLakeRouter({ lakeOps, deadlineMs }: LakeRouteDeps): Router {
  const router = Router();
  const answer =
    (status: number, verb: (ops: LakeOps, request: Request) => Promise<unknown>): RequestHandler =>
    async (request, response) => {
      if (lakeOps === undefined) throw unavailable('this process is not connected to it');
      const late = (): MarqueeError => unavailable(`no answer within ${deadlineMs} ms`);
      response.status(status).json(await withDeadline(verb(lakeOps, request), deadlineMs, late));
    };
  router.get(
    '/v1/ops/lake',
    answer(200, async (ops) => ({ tables: await ops.stats() })),
  );
  router.post(
    '/v1/ops/lake/care',
    express.json({ limit: LARGEST_BODY, strict: false }),
    answer(202, (ops, request) => ops.start(readInput(careBody, request.body))),
  );
  router.get(
    '/v1/ops/lake/care/:id',
    answer(200, (ops, request) => ops.get(readInput(carePath, request.params).id)),
  );
  return router;
}

const unavailable = (reason: string): MarqueeError => new MarqueeError('LAKE_UNAVAILABLE', { reason });
