/** The Express apps of serving: one for rows, one for operators. They never bind a port or connect to anything. */
import type { RequestListener } from 'node:http';
import express, { type Express, type RequestHandler, type Router } from 'express';
import helmet from 'helmet';
import { MarqueeError } from '../domain/errors.ts';
import type { Gate } from '../infra/http/auth/gate.ts';
import { constantHeaders, headersOf } from '../infra/http/constant-headers.ts';
import { answerErrors, errorHandler, notFoundHandler } from '../infra/http/errors.ts';
import { createProbes, type ReadinessChecks } from '../infra/http/probes.ts';
import type { Log } from '../infra/log.ts';
import type { EventBackfillClient } from '../infra/temporal/event-backfills.ts';
import type { Metrics } from '../infra/metrics.ts';
import type { ServingGates } from './access.ts';
import { createDelivery, createShedding, keepNothing, type DeliverySettings } from './api/delivery.ts';
import { createDocs } from './api/docs.ts';
import { createOpenApi } from './api/document.ts';
import { createRoutes, type RoutesDeps } from './api/routes.ts';
import type { Analytics } from './analytics/open.ts';
import { createEntriesRouter, type EntriesRouteDeps } from './entries/router.ts';
import type { Home } from './home/open.ts';
import { createHotPath } from './hot-path.ts';
import type { ServingMetrics } from './metrics.ts';
import type { BackfillClient } from './ops/port.ts';
import { createErasuresRouter, type ErasureOps } from './ops/erasures.ts';
import { createLakeRouter, type LakeOps } from './ops/lake.ts';
import { createParityRouter, type ReadParity } from './ops/parity.ts';
import { createEventBackfillsRouter } from './ops/event-backfills.ts';
import { createOpsRouter } from './ops/router.ts';
import { createViewsRouter, type ViewOps } from './ops/views.ts';
import { createProfilesRouter, type ProfilesDeps } from './profiles/router.ts';

export interface ServingAppDeps extends Omit<RoutesDeps, 'countRow'>, Omit<ProfilesDeps, 'catalogue'> {
  readonly backfills: BackfillClient | undefined;
  readonly eventBackfills?: EventBackfillClient | undefined;
  /** Undefined where this process cannot read it. */
  readonly readParity?: ReadParity | undefined;
  readonly viewOps?: ViewOps | undefined;
  /** Undefined where no view is read by key. */
  readonly entries?: EntriesRouteDeps['entries'];
  readonly lakeOps?: LakeOps | undefined;
  readonly erasureOps?: ErasureOps | undefined;
  readonly opsDeadlineMs: number;
  readonly maxRows: number;
  readonly home: Pick<Home, 'router' | 'answers'>;
  readonly analytics: Pick<Analytics, 'router'>;
  readonly gates: ServingGates;
  readonly checks: ReadinessChecks;
  /** Whether anybody may read why a check fails. */
  readonly tellsChecks: boolean;
  readonly metrics: Metrics;
  readonly measured: ServingMetrics;
  readonly delivery: DeliverySettings;
  readonly log: Log;
  /** Of the software, for the OpenAPI document. */
  readonly version: string;
}

export interface ServingApps {
  /** Rows, titles and profiles. */
  readonly app: Express;
  /** The same, with a shorter way for what is asked most: what a port is given. */
  readonly listener: RequestListener;
  /** What operators look at and change. */
  readonly opsApp: Express;
}

export function createServingApps(deps: ServingAppDeps): ServingApps {
  const { backfills, opsDeadlineMs, measured } = deps;
  const docs = createDocs(createOpenApi(deps.maxRowItems, deps.version, deps.maxRows));
  const shedder = createShedding(deps.delivery, deps.metrics);
  const answers = deps.home.answers(measured.countRow);
  const app = assemble(deps, createDelivery(deps.delivery, shedder), deps.gates.open, [
    createRoutes({ ...deps, countRow: measured.countRow }),
    createProfilesRouter(deps),
    createEntriesRouter({ entries: deps.entries }),
    deps.home.router(answers),
    docs,
  ]);
  const answer = answerErrors(deps.log);
  return {
    app,
    listener: createHotPath({
      ...{ shedder, answers, measured, app },
      headers: headersOf(safeHeaders()),
      gate: deps.gates.open,
      onError: (error, path, response) => void answer(asRequestError(error), path, response),
    }),
    opsApp: assemble(deps, OPERATORS, deps.gates.ops, [
      createOpsRouter({ backfills, deadlineMs: opsDeadlineMs }),
      createEventBackfillsRouter({ eventBackfills: deps.eventBackfills, deadlineMs: opsDeadlineMs }),
      createParityRouter({ readParity: deps.readParity, deadlineMs: opsDeadlineMs }),
      createViewsRouter({ viewOps: deps.viewOps, deadlineMs: opsDeadlineMs }),
      createLakeRouter({ lakeOps: deps.lakeOps, deadlineMs: opsDeadlineMs }),
      createErasuresRouter({ erasureOps: deps.erasureOps, deadlineMs: opsDeadlineMs }),
      deps.analytics.router,
      docs,
    ]),
  };
}

/** Operators are few, and nothing of theirs is kept. */
const OPERATORS: readonly RequestHandler[] = [keepNothing];

/** Plain HTTP is what a process behind a proxy or on a laptop speaks. */
const safeHeaders = (): RequestHandler =>
  helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } }, hsts: false });

function assemble(
  deps: ServingAppDeps,
  first: readonly RequestHandler[],
  gate: Gate,
  routers: readonly Router[],
): Express {
  const { checks, metrics, measured, log, tellsChecks } = deps;
  const app = express();
  app.disable('etag');
  app.disable('x-powered-by');
  // Values of parameters are texts or lists of texts, never objects.
  app.set('query parser', 'simple');
  for (const handler of first) app.use(handler);
  app.use(constantHeaders(safeHeaders()));
  app.use(measured.timeRequests);
  app.use(gate.handler);
  for (const router of routers) app.use(router);
  app.use(createProbes({ checks, metrics, tellsWhy: tellsChecks }));
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
