/** Turns requests away before anything is done for them, when there are more than can be answered. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, RequestHandler } from 'express';
import { MarqueeError } from '../../domain/errors.ts';
import { shareShed, type Load, type Priority, type ShedSettings } from '../resilience/shed.ts';
import { errorBody, PROBLEM_TYPE, RETRY_AFTER_S } from './errors.ts';

export interface ShedderDeps {
  readonly settings: ShedSettings;
  readonly priorityOf: (request: Pick<Request, 'url' | 'headers'>) => Priority;
  /** Milliseconds, as in `Load`. */
  readonly lagMs: () => number;
  readonly waitedMs: () => number;
  readonly onShed?: (priority: Priority) => void;
  /** From 0 to 1. */
  readonly random?: () => number;
}

export interface Shedder {
  readonly handler: RequestHandler;
  /** The same for whoever is no Express: says false where the request was turned away, and answers it. */
  readonly enter: (request: IncomingMessage & { readonly url: string }, response: ServerResponse) => boolean;
  /** Requests under way. */
  readonly inFlight: () => number;
}

export function createShedder(deps: ShedderDeps): Shedder {
  const { settings, priorityOf, lagMs, waitedMs, onShed, random: draw = Math.random } = deps;
  const body = Buffer.from(JSON.stringify(errorBody(new MarqueeError('OVERLOADED'))));
  const { status } = new MarqueeError('OVERLOADED');
  // Written once: turning away must cost next to nothing.
  const head = {
    'Content-Type': `${PROBLEM_TYPE}; charset=utf-8`,
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    'Retry-After': String(RETRY_AFTER_S),
    'X-Content-Type-Options': 'nosniff',
  };
  let inFlight = 0;
  /** One for all requests: V8 forgets the shape of objects that nobody holds, and all code that was compiled for it. */
  const load = { lagMs: NaN, waitedMs: NaN, inFlight: 0 } satisfies Load;
  const leave = (): void => {
    inFlight -= 1;
  };
  const enter: Shedder['enter'] = (request, response) => {
    const priority = priorityOf(request);
    load.lagMs = lagMs();
    load.waitedMs = waitedMs();
    load.inFlight = inFlight;
    const share = shareShed(priority, load, settings);
    if (share > 0 && draw() < share) {
      onShed?.(priority);
      response.writeHead(status, head).end(body);
      return false;
    }
    inFlight += 1;
    response.once('close', leave);
    return true;
  };
  return {
    inFlight: () => inFlight,
    enter,
    handler(request, response, next) {
      if (enter(request, response)) next();
    },
  };
}
