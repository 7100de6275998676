/** What the gates of one process share: who is asking, how much each may ask, and what is told of refusals. */
import type { IncomingMessage } from 'node:http';
import { isMarqueeError, MarqueeError, type ErrorCode } from '../../../domain/errors.ts';
import type { Caller } from '../../../domain/access.ts';
import type { Config } from '../../config.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import { addressOf } from './address.ts';
import { anyoneAt, type Authenticate } from './authenticate.ts';
import { createBuckets, type Buckets } from './buckets.ts';
import { refuseOthers } from './local-only.ts';

export interface AccessSettings {
  readonly auth: Pick<Config['auth'], 'mode' | 'allowOpen' | 'failuresPerMinute'>;
  readonly limits: Pick<Config['limits'], 'trustedProxies' | 'callersRemembered'>;
}

export interface AccessDeps {
  readonly settings: AccessSettings;
  /** Undefined with `mode: 'off'`. */
  readonly authenticate: Authenticate | undefined;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock?: () => number;
}

type Asked = Pick<IncomingMessage, 'headers' | 'socket' | 'method'>;

export interface Access {
  readonly asksForCredentials: boolean;
  /** What requests take from, per caller. */
  readonly buckets: Buckets;
  /** Throws AUTH_*, ORIGIN_REFUSED, and RATE_LIMITED for an address that was refused too often. */
  callerOf(request: Asked): Promise<Caller>;
  addressOf(request: Asked): string;
  /** Counts a refusal and says it in the log, of one caller a few times a minute. */
  tellRefusal(refusal: Refusal): void;
}

export interface Refusal {
  readonly code: ErrorCode;
  readonly method: string;
  /** The rule's path, which names no profile. */
  readonly path: string;
  readonly address: string;
  readonly caller?: Caller | undefined;
}

const LINES_PER_MINUTE = 20;

export function createAccess(deps: AccessDeps): Access {
  const { settings, authenticate, log } = deps;
  const { auth, limits } = settings;
  if ((authenticate === undefined) !== (auth.mode === 'off'))
    throw new MarqueeError('CONFIG_INVALID', { faults: `AUTH_MODE is ${auth.mode} and says otherwise` });
  const buckets = createBuckets(limits.callersRemembered, deps.clock);
  const refused = deps.metrics.counter('marquee_access_refused_total', 'Requests refused, by code', ['code']);
  const address = (request: Asked): string => addressOf(request, limits.trustedProxies);

  return {
    asksForCredentials: authenticate !== undefined,
    buckets,
    addressOf: address,
    async callerOf(request) {
      const from = address(request);
      if (authenticate === undefined) {
        if (!auth.allowOpen) refuseOthers(request);
        return anyoneAt(from);
      }
      const failures = `failures:${from}`;
      const limit = auth.failuresPerMinute;
      if (!buckets.has(failures, limit)) throw new MarqueeError('RATE_LIMITED', { limit, window_s: 60 });
      try {
        return await authenticate(request);
      } catch (error) {
        if (isMarqueeError(error, 'AUTH_INVALID')) buckets.take(failures, limit);
        throw error;
      }
    },
    tellRefusal({ caller, ...refusal }) {
      refused.inc({ code: refusal.code });
      if (!buckets.take(`lines:${caller?.id ?? refusal.address}`, LINES_PER_MINUTE)) return;
      log.warn({ event: 'refused', ...refusal, ...namesOf(caller) }, 'a request was refused');
    },
  };
}

/** A caller who stands for one profile is that profile, which the log may not name. */
export function namesOf(caller: Caller | undefined): Readonly<Record<string, string>> {
  if (caller === undefined) return {};
  if (caller.profiles.reach !== 'one' || caller.kind === 'key') return { caller: caller.id };
  return { caller: caller.kind, profileId: caller.profiles.profile };
}

/** Access for everybody without any limit: for tests and benchmarks of what is behind it. */
export const openAccess = (metrics: Metrics, log: Log): Access =>
  createAccess({
    settings: {
      auth: { mode: 'off', allowOpen: true, failuresPerMinute: 1 },
      limits: { trustedProxies: 0, callersRemembered: 1000 },
    },
    authenticate: undefined,
    metrics,
    log,
  });
