import { createServer, connect, type Socket } from 'node:net';

/**
 * What happens to one request and its reply:
 * `drop`: the server does the work, then the client's connection breaks;
 * `stall`: the server does the work, the client hears nothing;
 * `late`: the client's connection breaks, and the server gets the request `lateMs` afterwards.
 */
export type ReplyFault = 'drop' | 'stall' | 'late';

export type ReplyProxy = {
  readonly port: number;
  /** Harms the next `count` requests of this HTTP method whose request line holds `pathPart`. */
  harm(method: string, fault: ReplyFault, count?: number, pathPart?: string): void;
  /** How many requests were harmed so far. */
  harmed(): number;
  close(): Promise<void>;
};

const LATE_MS = 150;

/** A TCP proxy in front of an HTTP server that loses replies on demand. Loopback only, on a free port. */
export async function startReplyProxy(target: { host: string; port: number }): Promise<ReplyProxy> {
  const rules: { method: string; fault: ReplyFault; left: number; pathPart: string }[] = [];
  const sockets = new Set<Socket>();
  let harmed = 0;

  function faultFor(chunk: Buffer): ReplyFault | undefined {
    const line = chunk.subarray(0, 2048).toString('latin1').split('\r\n', 1)[0] ?? '';
    const rule = rules.find(
      (r) => r.left > 0 && line.startsWith(`${r.method} `) && line.includes(r.pathPart),
    );
    if (!rule) return undefined;
    rule.left -= 1;
    harmed += 1;
    return rule.fault;
  }

  function onClient(client: Socket): void {
    const upstream = connect(target.port, target.host);
    let fault: ReplyFault | undefined;
    let held: Buffer[] = [];
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (chunk: Buffer) => {
      fault ??= faultFor(chunk);
      if (fault !== 'late') return void upstream.write(chunk);
      held.push(chunk);
      if (held.length > 1) return;
      // The request's body may follow in a chunk of its own: take in what comes, then break the connection.
      setTimeout(() => client.destroy(), 50);
      setTimeout(() => {
        upstream.write(Buffer.concat(held));
        held = [];
      }, 50 + LATE_MS);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (fault === 'drop') client.destroy();
      else if (fault === undefined) client.write(chunk);
    });
    client.on('close', () => (fault === 'late' ? setTimeout(() => upstream.end(), 1000) : upstream.end()));
    upstream.on('close', () => client.destroy());
  }

  const server = createServer(onClient);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    port: address.port,
    harm: (method, fault, count = 1, pathPart = '') =>
      void rules.push({ method, fault, left: count, pathPart }),
    harmed: () => harmed,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
