/** Reads a request's body up to a limit, and unpacks gzip up to the same limit. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { MarqueeError } from '../../domain/errors.ts';

const unpack = promisify(gunzip) as (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

/**
 * Throws BODY_TOO_LARGE as soon as more than `limit` bytes are announced, came, or were unpacked; BODY_INVALID for an
 * encoding other than gzip, a broken archive or a request that was cut short.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new MarqueeError('BODY_INVALID', {
      reason: `content encoding ${encoding.slice(0, 40)} is not gzip`,
    });
  }
  if (Number(request.headers['content-length'] ?? 0) > limit)
    throw new MarqueeError('BODY_TOO_LARGE', { limit });
  const body = await collect(request, limit);
  return encoding === 'gzip' ? inflate(body, limit) : body;
}

function collect(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const cleanUp = (): void => {
      request.off('data', onData).off('end', onEnd).off('error', onCut).off('close', onCut);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      cleanUp();
      reject(new MarqueeError('BODY_TOO_LARGE', { limit }));
    };
    const onEnd = (): void => {
      cleanUp();
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size));
    };
    const onCut = (): void => {
      cleanUp();
      reject(new MarqueeError('BODY_INVALID', { reason: 'the request was cut short' }));
    };
    request.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut);
  });
}

async function inflate(body: Buffer, limit: number): Promise<Buffer> {
  try {
    return await unpack(body, { maxOutputLength: limit });
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new MarqueeError('BODY_TOO_LARGE', { limit });
    }
    throw new MarqueeError('BODY_INVALID', { reason: 'it is not a gzip archive' }, { cause: error });
  }
}
