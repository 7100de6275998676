/** Weak ETags (RFC 9110, 8.8.3) of bodies that are the same as long as the process runs. */
import { createHash } from 'node:crypto';

/** Weak: the same text compressed otherwise has other bytes. */
export const weakEtagOf = (text: string): string =>
  `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
