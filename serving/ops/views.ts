/** `/v1/ops/views`: what is served of a view and by whom; pin, unpin and roll back. */
import express, { Router, type Request, type RequestHandler, type Response } from 'express';
import { MarqueeError } from '../../domain/errors.ts';
import { servedVersion, type ViewName } from '../../domain/views.ts';
import { trialsOf, type Canaries } from '../../infra/hermes/canaries.ts';
import type { StandingLedger } from '../../infra/hermes/ledger.ts';
import type { ViewRepository } from '../../infra/hermes/repository.ts';
import type { Steering } from '../../infra/hermes/steering.ts';
import { withDeadline } from '../api/deadline.ts';
import { readInput } from '../api/validate.ts';
import {
  pinBody,
  rollBackBody,
  unpinBody,
  versionsQuery,
  viewPath,
  type viewAnswer,
} from './views-schemas.ts';
import type { z } from 'zod';

const LARGEST_BODY = '16kb';

export interface ViewOps {
  readonly views: Pick<ViewRepository, 'readPointer' | 'listVersions'>;
  readonly canaries: Pick<Canaries, 'find' | 'recordOf'>;
  readonly steering: Steering;
  readonly ledger: Pick<StandingLedger, 'of'>;
}

export interface ViewRouteDeps {
  /** Undefined where this process has no access to the store. */
  readonly viewOps: ViewOps | undefined;
  readonly deadlineMs: number;
}

export function createViewsRouter({ viewOps, deadlineMs }: ViewRouteDeps): Router {
  const router = Router();
  const readBody = express.json({ limit: LARGEST_BODY, strict: false });

  const answer =
    (verb: (ops: ViewOps, view: ViewName, request: Request) => Promise<unknown>): RequestHandler =>
    async (request: Request, response: Response) => {
      const { view } = readInput(viewPath, request.params);
      if (viewOps === undefined) throw unavailable(view, 'this process is not connected to it');
      const late = (): MarqueeError => unavailable(view, `no answer within ${deadlineMs} ms`);
      response.json(await withDeadline(verb(viewOps, view, request), deadlineMs, late));
    };

  router.get(
    '/v1/ops/views/:view',
    answer((ops, view, request) =>
      tell(ops, view, readInput(versionsQuery, request.query).limit, deadlineMs / 2),
    ),
  );
  router.post(
    '/v1/ops/views/:view/pin',
    readBody,
    answer(({ steering }, view, request) => {
      const { version, dryRun } = readInput(pinBody, request.body);
      return steering.pin(view, version, dryRun);
    }),
  );
  router.post(
    '/v1/ops/views/:view/unpin',
    readBody,
    answer(({ steering }, view, request) =>
      steering.unpin(view, readInput(unpinBody, request.body ?? {}).dryRun),
    ),
  );
  router.post(
    '/v1/ops/views/:view/rollback',
    readBody,
    answer(({ steering }, view, request) => {
      const { reason, dryRun } = readInput(rollBackBody, request.body);
      return steering.rollBack(view, reason, dryRun);
    }),
  );
  return router;
}

async function tell(
  { views, canaries, ledger }: ViewOps,
  view: ViewName,
  limit: number,
  ledgerMs: number,
): Promise<z.output<typeof viewAnswer>> {
  const pointer = await views.readPointer(view);
  const served = pointer === undefined ? null : servedVersion(pointer);
  const [versions, trials, subscribers] = await Promise.all([
    views.listVersions(view, limit),
    trialsOf(canaries, view, pointer?.version ?? null, Date.now()),
    withDeadline(ledger.of(view, served), ledgerMs, () => new Error('late')).catch(() => null),
  ]);
  return {
    view,
    version: pointer?.version ?? null,
    pinned: pointer?.pin ?? null,
    announcedAt: pointer?.announcedAt ?? null,
    versions,
    ...trials,
    subscribers,
  };
}

const unavailable = (view: ViewName, reason: string): MarqueeError =>
  new MarqueeError('OBJECT_STORE_UNAVAILABLE', { key: view, reason });
