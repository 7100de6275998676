/** Binds an app to a port, with the timeouts that a slow or silent caller meets, and closes it in order. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refuseUnreadable } from './unreadable.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly timeouts?: Partial<HttpTimeouts>;
  /** More connections than these are closed at once; no limit unless given. */
  readonly maxConnections?: number;
}

export interface HttpTimeouts {
  /** From the connection to the last header. */
  readonly headersMs: number;
  /** From the first byte of a request to the last byte of its body. */
  readonly requestMs: number;
  /** A connection without a request. */
  readonly idleMs: number;
  /** How long requests under way may take once `close` was called. */
  readonly closeMs: number;
}

export interface HttpServer {
  /** Where it listens: `http://127.0.0.1:4040`. */
  readonly url: string;
  /** Takes no new connections, lets requests under way finish, then cuts what is left. */
  close(): Promise<void>;
}

const DEFAULT_HTTP_TIMEOUTS: HttpTimeouts = {
  headersMs: 5_000,
  requestMs: 30_000,
  idleMs: 10_000,
  closeMs: 5_000,
};
const LONGEST_CHECK_MS = 1_000;
const MAX_HEADERS = 100;

export async function listen(app: RequestListener, options: ListenOptions): Promise<HttpServer> {
  const timeouts = { ...DEFAULT_HTTP_TIMEOUTS, ...options.timeouts };
  const server = createServer(
    {
      headersTimeout: timeouts.headersMs,
      requestTimeout: timeouts.requestMs,
      keepAliveTimeout: timeouts.idleMs,
      connectionsCheckingInterval: Math.min(LONGEST_CHECK_MS, timeouts.headersMs),
    },
    app,
  );
  server.maxHeadersCount = MAX_HEADERS;
  if (options.maxConnections !== undefined) server.maxConnections = options.maxConnections;
  server.on('clientError', refuseUnreadable);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { address, port, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      server.closeIdleConnections();
      const cut = setTimeout(() => {
        server.closeAllConnections();
      }, timeouts.closeMs);
      await closed;
      clearTimeout(cut);
    },
  };
}
