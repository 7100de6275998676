/**
 * API keys: `mq_<16 hex digits>_<43 characters>`. The first part is the key's id and no secret; the second is 256 random
 * bits, and only a hash of the whole is kept.
 *
 * SHA-256 is enough here. A slow hash (scrypt, Argon2) makes guessing dear where a secret was chosen by a person from
 * few likely ones; of 2^256 equally likely keys no guess ever hits, at any speed, and a fast hash cannot be used to tie
 * up the process that checks it. Keys are therefore only ever made here, never chosen.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const KEY = /^mq_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;
const ID_BYTES = 8;
const SECRET_BYTES = 32;

export interface MadeKey {
  readonly id: string;
  /** To be shown once. */
  readonly key: string;
  /** SHA-256 of the key, hexadecimal. */
  readonly hash: string;
}

export function makeKey(): MadeKey {
  const id = randomBytes(ID_BYTES).toString('hex');
  const key = `mq_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { id, key, hash: digest(key).toString('hex') };
}

/** The id that a text names, or undefined where it is no key of ours. */
export const keyIdIn = (text: string): string | undefined => KEY.exec(text)?.[1];

/** Compared in the same time wherever they differ. `hash` has 64 hexadecimal digits. */
export const keyMatches = (key: string, hash: string): boolean =>
  timingSafeEqual(digest(key), Buffer.from(hash, 'hex'));

/** What no key has; comparing with it makes an unknown id take as long as a wrong key. */
export const NO_HASH = '0'.repeat(64);

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
