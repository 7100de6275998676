/** The Express app of serving. Never binds a port and never connects to anything. */
import express, { type Express } from 'express';
import helmet from 'helmet';
import { MarqueeError } from '../domain/errors.ts';
import { errorHandler, notFoundHandler } from '../infra/http/errors.ts';
import { createProbes, type ReadinessChecks } from '../infra/http/probes.ts';
import type { Log } from '../infra/log.ts';
import type { Metrics } from '../infra/metrics.ts';
import { createDocs } from './api/docs.ts';
import { createOpenApi } from './api/document.ts';
import { createRoutes, type RoutesDeps } from './api/routes.ts';
import type { ServingMetrics } from './metrics.ts';
import type { BackfillClient } from './ops/port.ts';
import { createParityRouter, type ReadParity } from './ops/parity.ts';
import { createOpsRouter } from './ops/router.ts';
import { createProfilesRouter, type ProfilesDeps } from './profiles/router.ts';

export interface ServingAppDeps extends Omit<RoutesDeps, 'countRow'>, Omit<ProfilesDeps, 'catalogue'> {
  readonly backfills: BackfillClient | undefined;
  /** Undefined where this process cannot read it. */
  readonly readParity?: ReadParity | undefined;
  readonly opsDeadlineMs: number;
  readonly checks: ReadinessChecks;
  readonly metrics: Metrics;
  readonly measured: ServingMetrics;
  readonly log: Log;
  /** Of the software, for the OpenAPI document. */
  readonly version: string;
}

export function createServingApp(deps: ServingAppDeps): Express {
  const { backfills, opsDeadlineMs, checks, metrics, measured, log } = deps;
  const app = express();
  app.disable('etag');
  // Values of parameters are texts or lists of texts, never objects.
  app.set('query parser', 'simple');
  // Plain HTTP is what a process behind a proxy or on a laptop speaks.
  app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } }, hsts: false }));
  app.use(measured.timeRequests);
  app.use(createRoutes({ ...deps, countRow: measured.countRow }));
  app.use(createProfilesRouter(deps));
  app.use(createOpsRouter({ backfills, deadlineMs: opsDeadlineMs }));
  app.use(createParityRouter({ readParity: deps.readParity, deadlineMs: opsDeadlineMs }));
  app.use(createProbes({ checks, metrics }));
  app.use(createDocs(createOpenApi(deps.maxRowItems, deps.version)));
  app.use(notFoundHandler);
  app.use(((error, _request, _response, next) => next(asRequestError(error))) as express.ErrorRequestHandler);
  app.use(errorHandler(log));
  return app;
}

/** What Express itself refuses (a body that is no JSON, a path that is no UTF-8) is the caller's fault, not ours. */
function asRequestError(error: unknown): unknown {
  const { status, type } = error as { status?: unknown; type?: unknown };
  if (error instanceof MarqueeError || typeof status !== 'number' || status >= 500) return error;
  if (type === 'entity.too.large')
    return new MarqueeError('BODY_TOO_LARGE', { limit: String((error as { limit?: unknown }).limit) });
  const reason = error instanceof Error ? error.message.slice(0, 200) : 'it cannot be read';
  return new MarqueeError('BODY_INVALID', { reason });
}
