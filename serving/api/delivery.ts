/** What happens to every request before its route, and to every answer after it: shedding, caching, compression. */
import type { RequestHandler } from 'express';
import { createCacheControl, type Keeping } from '../../infra/http/cache-control.ts';
import { createCompression } from '../../infra/http/compress.ts';
import { createShedder, type Shedder } from '../../infra/http/shed.ts';
import type { Metrics } from '../../infra/metrics.ts';
import { watchLoopLag, type LoopLag } from '../../infra/resilience/loop-lag.ts';
import { watchTurnWait } from '../../infra/resilience/turn-wait.ts';
import { PRIORITIES } from '../../infra/resilience/shed.ts';
import { priorityOf } from './priority.ts';

export interface DeliverySettings {
  readonly publicMaxAgeS: number;
  readonly publicIfErrorS: number;
  readonly compressFromBytes: number;
  readonly shedLagMs: number;
  readonly shedInFlight: number;
  readonly mostInFlight: number;
}

const SHARED = /^\/v1\/(home$|rows\/|titles\/)/;

/** Answers about a profile are of that person and of that moment; those of operations and health of the moment. */
export function keepingOf(path: string): Keeping {
  if (SHARED.test(path)) return 'shared';
  return path === '/openapi.json' || path.startsWith('/docs') ? 'revalidated' : 'never';
}

/** What turns requests away. */
export function createShedding(
  settings: DeliverySettings,
  metrics: Metrics,
  lag: Pick<LoopLag, 'read'> = watchLoopLag(),
): Shedder {
  const shed = metrics.counter('marquee_serving_shed_total', 'Requests turned away, by class', ['class']);
  for (const priority of PRIORITIES) shed.inc({ class: priority }, 0);
  const shedder = createShedder({
    settings: {
      lagMs: settings.shedLagMs,
      inFlight: settings.shedInFlight,
      mostInFlight: settings.mostInFlight,
    },
    priorityOf,
    lagMs: lag.read,
    waitedMs: watchTurnWait().read,
    onShed: (priority) => shed.inc({ class: priority }),
  });
  metrics.gauge('marquee_serving_in_flight_requests', 'Requests under way', {
    read: shedder.inFlight,
  });
  metrics.gauge('marquee_serving_loop_lag_ms', 'How long requests wait in this process', { read: lag.read });
  return shedder;
}

/** In the order in which they are used, before everything else. */
export function createDelivery(
  settings: DeliverySettings,
  shedder: Pick<Shedder, 'handler'>,
): readonly RequestHandler[] {
  return [
    shedder.handler,
    createCompression(settings.compressFromBytes),
    createCacheControl(keepingOf, {
      sharedSeconds: settings.publicMaxAgeS,
      sharedIfErrorSeconds: settings.publicIfErrorS,
    }),
  ];
}

/** For answers that are of this instant. */
export const keepNothing: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'private, no-store');
  next();
};
