/** What is done with the configured key: ids are hashed with it, and sealed for as long as an erasure is under way. */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { MarqueeError } from '../../domain/errors.ts';
import type { ProfileId } from '../../domain/ids.ts';

export interface ErasureSecret {
  /** HMAC-SHA-256, in hexadecimal. Without the key nobody can tell which id it is of, not even by trying. */
  hashOf(profileId: string): string;
  /** The id, so that only who has the key can read it (AES-256-GCM, bound to the erasure). */
  seal(erasure: string, profileId: string): Uint8Array;
  /** Throws ERASURE_REFUSED where it was sealed with another key, or for another erasure. */
  unseal(erasure: string, sealed: Uint8Array): ProfileId;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

export function createErasureSecret(key: string): ErasureSecret {
  const derive = (use: string): Buffer =>
    Buffer.from(hkdfSync('sha256', key, '', `marquee/erasure/${use}`, KEY_BYTES));
  const [hashKey, sealKey] = [derive('hash'), derive('seal')];
  return {
    hashOf: (profileId) => createHmac('sha256', hashKey).update(profileId).digest('hex'),
    seal(erasure, profileId) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', sealKey, iv).setAAD(Buffer.from(erasure));
      const body = Buffer.concat([cipher.update(profileId, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]);
    },
    unseal(erasure, sealed) {
      const bytes = Buffer.from(sealed);
      try {
        const decipher = createDecipheriv('aes-256-gcm', sealKey, bytes.subarray(0, IV_BYTES))
          .setAAD(Buffer.from(erasure))
          .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
        const body = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
        return Buffer.concat([body, decipher.final()]).toString('utf8') as ProfileId;
      } catch (error) {
        const reason = `erasure ${erasure} was asked for under another ERASURE_KEY`;
        throw new MarqueeError('ERASURE_REFUSED', { reason }, { cause: error });
      }
    },
  };
}

/** Random letters of 144 bits, as fast as surrogates are drawn. */
export function createDraw(): () => string {
  let pool = Buffer.alloc(0);
  let at = 0;
  return () => {
    if (at + DRAWN_BYTES > pool.length) {
      pool = randomBytes(DRAWN_BYTES * DRAWS_AT_ONCE);
      at = 0;
    }
    return pool.toString('base64url', at, (at += DRAWN_BYTES));
  };
}

const DRAWN_BYTES = 18;
const DRAWS_AT_ONCE = 1024;
