/**
 * Signatures of webhooks as Standard Webhooks 1.0.0 has them (https://www.standardwebhooks.com): HMAC-SHA256 over
 * `<id>.<timestamp>.<body>`, so that neither the body nor when it was sent can be another one.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const WEBHOOK_HEADERS = {
  id: 'webhook-id',
  /** Seconds since 1970, of this try. */
  timestamp: 'webhook-timestamp',
  /** One signature for each secret, `v1,<base64>`, with spaces between. */
  signature: 'webhook-signature',
} as const;

/** `whsec_` and base64 of 24 to 64 bytes. */
export const WEBHOOK_SECRET = /^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/;

export interface SignedParts {
  readonly id: string;
  readonly timestampS: number;
  readonly body: string;
}

const keyOf = (secret: string): Buffer => Buffer.from(secret.replace(/^whsec_/, ''), 'base64');

const signatureOf = (secret: string, { id, timestampS, body }: SignedParts): string =>
  `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${timestampS}.${body}`).digest('base64')}`;

/** With each of the secrets, so that receivers can change from one to the next. */
export const signWebhook = (secrets: readonly string[], parts: SignedParts): string =>
  secrets.map((secret) => signatureOf(secret, parts)).join(' ');

/** Whether one of the signatures is of this secret. Takes as long whatever is wrong. */
export function isSignedWith(secret: string, parts: SignedParts, signatures: string): boolean {
  const expected = Buffer.from(signatureOf(secret, parts));
  return signatures.split(' ').some((one) => {
    const given = Buffer.from(one);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
