/** The issuer's public keys, kept fresh in the background: no request waits for the issuer, but for a key it has not seen. */
import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { MarqueeError } from '../../../domain/errors.ts';
import type { Log } from '../../log.ts';
import { keepFresh } from '../../resilience/kept-fresh.ts';

export interface IssuerKeysOptions {
  readonly url: string;
  readonly timeoutMs: number;
  /** Keys are asked for anew this often. */
  readonly maxAgeMs: number;
  /** Beyond that, how long the last ones hold while the issuer is silent. */
  readonly staleMs: number;
  readonly log: Log;
  readonly now?: () => number;
}

export interface IssuerKeys {
  /** Throws JWKSNoMatchingKey for a key the issuer does not have, AUTH_UNAVAILABLE while its keys are not known. */
  readonly find: JWTVerifyGetKey;
  close(): void;
}

/** A token with an unknown key makes the issuer be asked this often at most, whoever sends how many. */
const COOLDOWN_MS = 30_000;

/** Redirects of the issuer are not followed. Resolves after the first answer, or without one. */
export async function openIssuerKeys(options: IssuerKeysOptions): Promise<IssuerKeys> {
  const { url, timeoutMs, maxAgeMs, staleMs, log, now = Date.now } = options;
  const remote = createRemoteJWKSet(new URL(url), { timeoutDuration: timeoutMs, cacheMaxAge: Infinity });
  const keys = await keepFresh({
    ...{ everyMs: maxAgeMs, maxAgeMs: maxAgeMs + staleMs, log, now },
    warning: "the issuer's keys could not be read; those known before still hold",
    about: { url },
    async read() {
      await remote.reload();
      return createLocalJWKSet(remote.jwks() ?? { keys: [] });
    },
  });

  const known = (): ReturnType<typeof createLocalJWKSet> => {
    const current = keys.current();
    if (current !== undefined) return current;
    throw new MarqueeError('AUTH_UNAVAILABLE', { reason: "the issuer's keys cannot be read" });
  };
  return {
    async find(header, token) {
      try {
        return await known()(header, token);
      } catch (error) {
        const isNew = error instanceof errors.JWKSNoMatchingKey || error instanceof MarqueeError;
        if (!isNew || now() - keys.askedAt() < COOLDOWN_MS) throw error;
        await keys.reload();
        return known()(header, token);
      }
    },
    close: () => keys.close(),
  };
}
