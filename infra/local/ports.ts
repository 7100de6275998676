import { createServer } from 'node:net';
import { MarqueeError } from '../../domain/errors.ts';

/** Below the ports that systems give to outgoing connections, so that a free port stays free. */
const FIRST = 20_000;
const LAST = 32_000;
const TRIES = 200;

export interface PortRequest {
  /** Names of the ports wanted: `['broker', 'controller']`. */
  readonly names: readonly string[];
  /** Each port is free together with port + offset, e.g. 10,000 for a server that derives its gRPC port. */
  readonly pairOffset?: number;
  /** Ports of an earlier run, taken again while free. */
  readonly preferred?: Readonly<Record<string, number>>;
}

/** Resolves whether 127.0.0.1:port can be listened on now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Picks a free loopback port for every name. Throws SERVER_MISSING when none are left. */
export async function choosePorts(request: PortRequest): Promise<Record<string, number>> {
  const taken = new Set<number>();
  const chosen: Record<string, number> = {};
  for (const name of request.names) {
    const port = await choosePort(request, taken, request.preferred?.[name]);
    chosen[name] = port;
    for (const used of portsOf(port, request.pairOffset)) taken.add(used);
  }
  return chosen;
}

async function choosePort(request: PortRequest, taken: Set<number>, preferred?: number): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const port = attempt === 0 && preferred !== undefined ? preferred : randomPort(request.pairOffset);
    const wanted = portsOf(port, request.pairOffset);
    if (wanted.some((each) => taken.has(each))) continue;
    const free = await Promise.all(wanted.map(isFree));
    if (free.every(Boolean)) return port;
  }
  throw new MarqueeError('SERVER_MISSING', {
    server: 'The local stack',
    reason: `no free port was found between ${FIRST} and ${LAST}`,
    remedy: 'Stop other programs that listen there',
  });
}

const portsOf = (port: number, offset: number | undefined): number[] =>
  offset === undefined ? [port] : [port, port + offset];

/** The port that is derived from it stays below the ports of outgoing connections too. */
const randomPort = (offset = 0): number => FIRST + Math.floor(Math.random() * (LAST - offset - FIRST));
