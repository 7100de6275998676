import { createServer, connect, type Socket } from 'node:net';

/**
 * What happens to one request and its reply:
 * `drop`: the server does the work, then the client's connection breaks;
 * `stall`: the server does the work, the client hears nothing;
 * `late`: the client's connection breaks, and the server gets the request afterwards;
 * `twice`: the server gets the request twice, as from a gateway that repeats it, and the client hears the second reply.
 */
export type ReplyFault = 'drop' | 'stall' | 'late' | 'twice';

export type ReplyProxy = {
  readonly port: number;
  /** Harms the next `count` requests of this HTTP method whose request line holds `pathPart`. */
  harm(method: string, fault: ReplyFault, count?: number, pathPart?: string): void;
  /** How many requests were harmed so far. */
  harmed(): number;
  close(): Promise<void>;
};

type Target = { readonly host: string; readonly port: number };
type Rule = { readonly method: string; readonly fault: ReplyFault; left: number; readonly pathPart: string };

const BREAK_AFTER_MS = 50;
const LATE_MS = 150;

/** A TCP proxy in front of an HTTP server that loses replies on demand. Loopback only, on a free port. */
export async function startReplyProxy(target: Target): Promise<ReplyProxy> {
  const rules: Rule[] = [];
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

  function track(socket: Socket): Socket {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    return socket;
  }

  const openUpstream = (): Socket => track(connect(target.port, target.host));
  const server = createServer((client) => carry(track(client), openUpstream, faultFor));
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

/** Carries one client connection; once one of its requests is harmed, the connection serves no other. */
function carry(
  client: Socket,
  openUpstream: () => Socket,
  faultFor: (chunk: Buffer) => ReplyFault | undefined,
) {
  const upstream = openUpstream();
  const sent: Buffer[] = [];
  let fault: ReplyFault | undefined;
  let repeated = false;

  client.on('data', (chunk: Buffer) => {
    fault ??= faultFor(chunk);
    if (fault !== undefined) sent.push(chunk);
    if (fault !== 'late') return void upstream.write(chunk);
    if (sent.length > 1) return;
    // The request's body may follow in a chunk of its own: take in what comes, then break the connection.
    setTimeout(() => client.destroy(), BREAK_AFTER_MS);
    setTimeout(() => upstream.write(Buffer.concat(sent)), BREAK_AFTER_MS + LATE_MS);
  });
  upstream.on('data', (chunk: Buffer) => {
    if (fault === undefined) client.write(chunk);
    else if (fault === 'drop') client.destroy();
    else if (fault === 'twice' && !repeated) {
      repeated = true;
      const second = openUpstream();
      second.on('data', (reply: Buffer) => {
        client.write(reply);
        // The reply may come in two chunks; after it the connection is of no more use.
        setTimeout(() => client.destroy(), BREAK_AFTER_MS);
      });
      second.write(Buffer.concat(sent));
      client.on('close', () => second.end());
    }
  });
  client.on('close', () => (fault === 'late' ? setTimeout(() => upstream.end(), 1000) : upstream.end()));
  upstream.on('close', () => client.destroy());
}
