/** The one gate in front of an app's routes: rule, caller, scope, profile, rate, company. What no rule allows is denied. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import { mayTouch, type Caller } from '../../../domain/access.ts';
import { MarqueeError } from '../../../domain/errors.ts';
import { asMarqueeError } from '../errors.ts';
import type { Access } from './access.ts';
import type { AccessRules, FoundRule } from './rules.ts';

export interface GateLimits {
  /** Requests of a caller a minute; 0 for no limit. */
  readonly perMinute: number;
  /** The same for callers bound to one profile. */
  readonly perMinuteOfProfile: number;
  /** Requests of a caller at a time. */
  readonly atOnce: number;
}

export interface GateDeps {
  readonly access: Access;
  readonly rules: AccessRules;
  readonly limits: GateLimits;
  /** Called with what was let in, before any route; what it throws is the answer. */
  readonly onAdmitted?: (
    request: AskedRequest,
    response: ServerResponse,
    found: FoundRule,
    caller: Caller,
  ) => Promise<void>;
}

/** As much of a request as is looked at. */
export interface AskedRequest extends Pick<IncomingMessage, 'headers' | 'socket'> {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
}

export interface Gate {
  /** Lets a request in or throws; undefined for paths that need nothing. */
  admit(request: AskedRequest, response: ServerResponse): Promise<Caller | undefined>;
  /** `admit` as middleware, to be used before any route. */
  readonly handler: RequestHandler;
}

export const UNLIMITED: GateLimits = { perMinute: 0, perMinuteOfProfile: 0, atOnce: Infinity };
const NO_RULE = 'no rule';

export function createGate(deps: GateDeps): Gate {
  const { access, rules, limits } = deps;
  const underWay = new Map<string, number>();

  async function admit(request: AskedRequest, response: ServerResponse): Promise<Caller | undefined> {
    const found = rules.find(request.method, request.path);
    if (found?.rule.needs === 'nothing') return undefined;
    let caller: Caller | undefined;
    try {
      caller = await access.callerOf(request);
      if (found === undefined) throw notThere(request);
      authorise(found, caller);
      limit(caller, response);
      await deps.onAdmitted?.(request, response, found, caller);
      return caller;
    } catch (thrown) {
      const error = asMarqueeError(thrown);
      if (error.status === 401) response.setHeader('WWW-Authenticate', challengeOf(error));
      if (error.code !== 'NOT_FOUND') {
        const path = found?.rule.path ?? NO_RULE;
        const address = access.addressOf(request);
        access.tellRefusal({ code: error.code, method: request.method, path, address, caller });
      }
      throw thrown;
    }
  }

  function limit({ id, profiles }: Caller, response: ServerResponse): void {
    const perMinute = profiles.reach === 'one' ? limits.perMinuteOfProfile : limits.perMinute;
    if (perMinute > 0 && !access.buckets.take(id, perMinute))
      throw new MarqueeError('RATE_LIMITED', { limit: perMinute, window_s: 60 });
    if (limits.atOnce === Infinity) return;
    const now = underWay.get(id) ?? 0;
    if (now >= limits.atOnce) throw new MarqueeError('TOO_MANY_AT_ONCE', { limit: limits.atOnce });
    underWay.set(id, now + 1);
    response.once('close', () => {
      const left = (underWay.get(id) ?? 1) - 1;
      if (left === 0) underWay.delete(id);
      else underWay.set(id, left);
    });
  }

  return {
    admit,
    handler: async (request, response, next) => {
      await admit(request, response);
      next();
    },
  };
}

function authorise({ rule, profile }: FoundRule, caller: Caller): void {
  const { needs } = rule;
  if (needs !== 'nothing' && needs !== 'any caller' && !caller.scopes.has(needs))
    throw new MarqueeError('SCOPE_MISSING', { scope: needs });
  // Before anything is looked up, so that the answer does not tell whether there is such a profile.
  if (profile !== undefined && !mayTouch(caller, profile)) throw new MarqueeError('PROFILE_DENIED');
}

const notThere = (request: AskedRequest): MarqueeError =>
  new MarqueeError('NOT_FOUND', { path: request.path.slice(0, 200) });

/** RFC 6750, section 3. */
const challengeOf = ({ code }: MarqueeError): string =>
  code === 'AUTH_INVALID' ? 'Bearer realm="marquee", error="invalid_token"' : 'Bearer realm="marquee"';
