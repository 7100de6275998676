/** A TCP proxy before any server, which can take the server away, make it slow, or answer nonsense in its place. */
import { randomBytes } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * `dead`: connections are cut, and so are new ones. `slow`: what the server says comes later. `garbage`: random bytes come
 * in place of it.
 */
export const FAULTS = ['dead', 'slow', 'garbage'] as const;
/** `refusing`: every request is answered by HTTP 503 in place of the server. */
export type Fault = (typeof FAULTS)[number] | 'refusing';

export interface FaultyProxy {
  readonly port: number;
  /** On connections that are open as well; undefined cuts those and lets new ones through. */
  set(fault: Fault | undefined): void;
  close(): Promise<void>;
}

export interface FaultyProxyOptions {
  /** `host:port`; where nobody listens it is as good as dead. */
  readonly target: string;
  readonly slowByMs: number;
}

const GARBAGE_BYTES = 256;
const REFUSAL = 'HTTP/1.1 503 Slow Down\r\ncontent-length: 0\r\nconnection: close\r\n\r\n';

export async function startFaultyProxy({ target, slowByMs }: FaultyProxyOptions): Promise<FaultyProxy> {
  const [host = '127.0.0.1', port] = target.split(':');
  const sockets = new Set<Socket>();
  let fault: Fault | undefined;

  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((client) => {
    track(client);
    if (fault === 'dead') return void client.destroy();
    const upstream = track(connect(Number(port), host));
    client.on('data', (chunk: Buffer) => {
      if (fault === 'garbage') client.write(randomBytes(GARBAGE_BYTES));
      else if (fault === 'refusing') client.end(REFUSAL);
      else upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (fault === 'garbage') client.write(randomBytes(chunk.length));
      else if (fault === 'slow') setTimeout(() => client.write(chunk), slowByMs).unref();
      else client.write(chunk);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => {
      // A server that is not there says nothing either while it is to be slow or to talk nonsense.
      if (fault === undefined) client.destroy();
    });
  });
  // Whoever forgets to close it is not kept from ending.
  server.unref();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      fault = next;
      if (fault === undefined || fault === 'dead') cutAll();
    },
    async close() {
      cutAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
