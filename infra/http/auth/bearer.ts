/** Credentials as they come: in the Authorization header (RFC 6750, section 2.1) and nowhere else. */
import type { IncomingMessage } from 'node:http';
import { MarqueeError } from '../../../domain/errors.ts';

const LONGEST = 8192;
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** Throws AUTH_REQUIRED where there are none, AUTH_INVALID for what is no bearer token. Never looks at the query. */
export function bearerOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const header = headers.authorization;
  if (header === undefined || header === '') throw new MarqueeError('AUTH_REQUIRED');
  const text = header.length > LONGEST ? undefined : BEARER.exec(header)?.[1];
  if (text === undefined) throw new MarqueeError('AUTH_INVALID', { reason: 'not a bearer token' });
  return text;
}
