/** Where a request comes from, as far as it can be believed. */
import type { IncomingMessage } from 'node:http';
import { ipKeyGenerator } from 'express-rate-limit';

/**
 * The address that limits are kept by: the caller's own, or what the outermost trusted proxy saw. Each proxy adds the
 * address it was called from at the end of X-Forwarded-For; what stands before those is anybody's word. An IPv6
 * address stands for its /56, which one subscriber has whole.
 */
export function addressOf(
  request: Pick<IncomingMessage, 'headers' | 'socket'>,
  trustedProxies: number,
): string {
  const direct = request.socket.remoteAddress ?? 'gone';
  const header = trustedProxies > 0 ? request.headers['x-forwarded-for'] : undefined;
  if (header === undefined) return keyOf(direct);
  const hops = String(header).split(',').slice(-trustedProxies);
  return keyOf(hops[0]?.trim() || direct);
}

const LONGEST = 64;

const keyOf = (address: string): string =>
  address.includes(':') ? ipKeyGenerator(address.slice(0, LONGEST)) : address.slice(0, LONGEST);
