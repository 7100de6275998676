/**
 * Takes notices of Marquee over HTTP and knows a forged, an old and a repeated one. Needs nothing but Node.js: copy it.
 * Signatures are those of Standard Webhooks (https://www.standardwebhooks.com), which has libraries for other languages.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';

export interface Verified {
  readonly id: string;
  readonly notice: unknown;
}

/** A notice that was signed longer ago, or in the future, was recorded by somebody. */
const TOLERANCE_S = 300;
/** Ids that are remembered: repeats come within hours. */
const REMEMBERED = 10_000;
const LARGEST_BYTES = 1 << 20;

/** Throws unless the body was signed with the secret (`whsec_…`) a short time ago. `nowS`: seconds since 1970. */
export function verify(secret: string, headers: IncomingHttpHeaders, body: string, nowS: number): Verified {
  const id = String(headers['webhook-id'] ?? '');
  const timestamp = String(headers['webhook-timestamp'] ?? '');
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(nowS - Number(timestamp)) > TOLERANCE_S)
    throw new Error('the notice is too old, or of the future');
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  const given = String(headers['webhook-signature'] ?? '').split(' ');
  const isSigned = given.some((one) => {
    const signature = Buffer.from(one.replace(/^v1,/, ''), 'base64');
    return (
      one.startsWith('v1,') && signature.length === expected.length && timingSafeEqual(signature, expected)
    );
  });
  if (!isSigned) throw new Error('the signature is of another secret, or of another body');
  return { id, notice: JSON.parse(body) as unknown };
}

/** A server that hands each notice to `onNotice` once. What that throws is answered with 500, so that the notice comes again. */
export function createReceiver(
  secret: string,
  onNotice: (notice: unknown) => Promise<void> | void,
  now: () => number = Date.now,
): Server {
  const taken = new Set<string>();

  async function take(headers: IncomingHttpHeaders, body: string): Promise<number> {
    let verified: Verified;
    try {
      verified = verify(secret, headers, body, Math.floor(now() / 1000));
    } catch {
      return 401;
    }
    if (taken.has(verified.id)) return 204;
    await onNotice(verified.notice);
    taken.add(verified.id);
    for (const oldest of taken) {
      if (taken.size <= REMEMBERED) break;
      taken.delete(oldest);
    }
    return 204;
  }

  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > LARGEST_BYTES) request.destroy();
      else chunks.push(chunk);
    });
    request.on('end', () => {
      take(request.headers, Buffer.concat(chunks).toString('utf8')).then(
        (status) => response.writeHead(status).end(),
        () => response.writeHead(500).end(),
      );
    });
    request.on('error', () => response.destroy());
  });
}
