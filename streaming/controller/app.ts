/** `GET /v1/scale`: how many processes there should be, and why. Never binds a port. */
import express, { type Express } from 'express';
import helmet from 'helmet';
import { MarqueeError } from '../../domain/errors.ts';
import { drainMs, explain } from '../../domain/sizing-words.ts';
import { openAccess, type Access } from '../../infra/http/auth/access.ts';
import { createGate, UNLIMITED } from '../../infra/http/auth/gate.ts';
import { createAccessRules } from '../../infra/http/auth/rules.ts';
import { errorHandler, notFoundHandler } from '../../infra/http/errors.ts';
import { createProbes, type ReadinessChecks } from '../../infra/http/probes.ts';
import type { Log } from '../../infra/log.ts';
import type { Metrics } from '../../infra/metrics.ts';
import type { SizedKind } from './kinds.ts';
import type { Sized, Sizer } from './sizer.ts';

export interface ControllerAppDeps {
  readonly sizers: ReadonlyMap<SizedKind, Pick<Sizer, 'current'>>;
  /** Who is let in; everybody where it is absent. */
  readonly access?: Access;
  readonly checks: ReadinessChecks;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** One decision as it is answered. Rates are rounded: they are means of a window. */
export interface ScaleAnswer {
  readonly process: string;
  readonly desired: number;
  readonly wanted: number;
  readonly running: number;
  readonly reason: string;
  readonly why: string;
  readonly bound_by: string | null;
  readonly lag_records: number;
  readonly arrivals_per_second: number;
  readonly folded_per_second: number;
  readonly capacity_per_second: number;
  /** Null where the processes that are there would never be done. */
  readonly drain_ms: number | null;
  /** When a reading last confirmed it. */
  readonly at: string;
}

const RULES = createAccessRules([
  { path: '/livez', needs: 'nothing' },
  { path: '/readyz', needs: 'nothing' },
  { path: '/metrics', methods: ['GET'], needs: 'ops:read' },
  { path: '/v1/scale/*', methods: ['GET'], needs: 'ops:read' },
]);

export function createControllerApp(deps: ControllerAppDeps): Express {
  const { sizers, checks, metrics, log, access = openAccess(metrics, log) } = deps;
  const app = express();
  app.disable('x-powered-by');
  app.use(helmet());
  app.use(createGate({ access, rules: RULES, limits: UNLIMITED }).handler);
  app.use(createProbes({ checks, metrics, tellsWhy: !access.asksForCredentials }));
  app.get('/v1/scale', (_request, response) => {
    const processes = [...sizers].flatMap(([kind, sizer]) => {
      const sized = sizer.current();
      return sized === undefined ? [] : [answerOf(kind, sized)];
    });
    response.json({ processes });
  });
  app.get('/v1/scale/:process', (request, response) => {
    const kind = request.params.process as SizedKind;
    const sizer = sizers.get(kind);
    if (sizer === undefined) throw new MarqueeError('NOT_FOUND', { path: request.path.slice(0, 200) });
    const sized = sizer.current();
    if (sized === undefined)
      throw new MarqueeError('LOG_UNAVAILABLE', { reason: 'no reading was taken yet' });
    response.json(answerOf(kind, sized));
  });
  app.use(notFoundHandler);
  app.use(errorHandler(log));
  return app;
}

function answerOf(kind: SizedKind, { decision, at }: Sized): ScaleAnswer {
  const { desired, wanted, processes, reason, boundBy, lag, arrivalRate, foldRate, capacity } = decision;
  return {
    process: kind,
    desired,
    wanted,
    running: processes,
    reason,
    why: explain(decision),
    bound_by: boundBy ?? null,
    lag_records: lag,
    arrivals_per_second: rounded(arrivalRate),
    folded_per_second: rounded(foldRate),
    capacity_per_second: rounded(capacity),
    drain_ms: drainMs(decision) ?? null,
    at: new Date(at).toISOString(),
  };
}

const rounded = (rate: number): number => Math.round(rate * 10) / 10;
