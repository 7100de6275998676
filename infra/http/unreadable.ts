/** What is answered to a request that the HTTP parser refused, before any app could see it. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { MarqueeError } from '../../domain/errors.ts';
import { errorBody, PROBLEM_TYPE } from './errors.ts';

/** How long what still arrives is thrown away, so that the caller reads the answer instead of a reset. */
const DRAIN_MS = 500;

/** A listener of `clientError`: answers as any error is answered, then closes the connection. */
export function refuseUnreadable(fault: NodeJS.ErrnoException, socket: Duplex): void {
  // Every chunk after the first fault is a fault again.
  if (socket.writableEnded) return;
  if (!socket.writable || fault.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const error = errorOf(fault);
  const body = JSON.stringify(errorBody(error));
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
    `Content-Type: ${PROBLEM_TYPE}; charset=utf-8`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.resume();
  const cut = setTimeout(() => socket.destroy(), DRAIN_MS);
  socket.once('close', () => clearTimeout(cut));
}

function errorOf({ code }: NodeJS.ErrnoException): MarqueeError {
  if (code === 'HPE_HEADER_OVERFLOW') return new MarqueeError('HEADERS_TOO_LARGE');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new MarqueeError('REQUEST_LATE');
  return new MarqueeError('REQUEST_MALFORMED', { reason: code ?? 'it cannot be read' });
}
