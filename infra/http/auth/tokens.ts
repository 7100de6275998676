/** Access tokens: JWTs (RFC 9068) of one issuer, for this API, signed with keys that are configured, not named by them. */
import { createHash } from 'node:crypto';
import { errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from 'jose';
import { LRUCache } from 'lru-cache';
import { reachOf, scopesIn, type Caller } from '../../../domain/access.ts';
import { isMarqueeError, MarqueeError } from '../../../domain/errors.ts';
import type { Config } from '../../config.ts';
import type { IssuerKeys } from './issuer-keys.ts';

export type TokenSettings = Pick<
  Config['auth'],
  | 'issuer'
  | 'audience'
  | 'algorithms'
  | 'tokenType'
  | 'scopeClaim'
  | 'profileClaim'
  | 'clockToleranceMs'
  | 'tokenCacheMs'
  | 'tokenCacheSize'
>;

export interface Tokens {
  /** Who a token stands for, at once where it was verified a moment ago. Throws AUTH_INVALID or AUTH_UNAVAILABLE. */
  callerOf(token: string): Caller | Promise<Caller>;
}

interface Verified {
  readonly caller: Caller;
  /** When it has to be verified again, or has expired. */
  readonly until: number;
}

export function createTokens(
  settings: TokenSettings,
  keys: IssuerKeys,
  now: () => number = Date.now,
): Tokens {
  const verified = new LRUCache<string, Verified>({ max: settings.tokenCacheSize });
  const options = verifyOptions(settings);

  async function verify(token: string, id: string): Promise<Caller> {
    const payload = await payloadOf(token, keys, { ...options, currentDate: new Date(now()) });
    const caller = callerIn(payload, settings);
    const expires = (payload.exp ?? 0) * 1000 + settings.clockToleranceMs;
    const until = Math.min(expires, now() + settings.tokenCacheMs);
    if (settings.tokenCacheMs > 0) verified.set(id, { caller, until });
    return caller;
  }

  return {
    callerOf(token) {
      // By hash: what is kept cannot be used by whoever reads the memory.
      const id = createHash('sha256').update(token).digest('base64');
      const known = verified.get(id);
      return known !== undefined && now() < known.until ? known.caller : verify(token, id);
    },
  };
}

function verifyOptions(settings: TokenSettings): JWTVerifyOptions {
  const { issuer, audience, algorithms, tokenType, clockToleranceMs } = settings;
  if (issuer === undefined || audience === undefined)
    throw new MarqueeError('CONFIG_INVALID', { faults: 'AUTH_ISSUER or AUTH_AUDIENCE is not set' });
  return {
    issuer,
    audience,
    algorithms: algorithms.split(','),
    clockTolerance: clockToleranceMs / 1000,
    requiredClaims: ['exp', 'sub'],
    ...(tokenType !== 'any' && { typ: tokenType }),
  };
}

async function payloadOf(token: string, keys: IssuerKeys, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys.find, options)).payload;
  } catch (cause) {
    if (isMarqueeError(cause)) throw cause;
    const reason = cause instanceof errors.JWTExpired ? 'expired' : 'not a valid token';
    throw new MarqueeError('AUTH_INVALID', { reason }, { cause });
  }
}

function callerIn(payload: JWTPayload, { scopeClaim, profileClaim }: TokenSettings): Caller {
  return {
    id: `token:${payload.sub}`,
    kind: 'token',
    scopes: scopesIn(ownClaim(payload, scopeClaim)),
    profiles: reachOf(ownClaim(payload, profileClaim)),
  };
}

const ownClaim = (payload: JWTPayload, name: string): unknown =>
  Object.hasOwn(payload, name) ? payload[name] : undefined;
