/**
 * One connection of HTTP/1.1, with as little of it as a load needs: whoever asks shares the machine with whom it measures, and
 * Node's own client takes more of it for a request than a bare server does for the answer.
 */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

export interface LeanConnection {
  /** The length of the answer's body. One at a time; throws for an answer other than 200 and for one of unknown length. */
  get(path: string): Promise<number>;
  close(): void;
}

const HEAD_END = '\r\n\r\n';
const OK = /^HTTP\/1\.1 200 /;
const LENGTH = /\r\ncontent-length: *(\d+)\r\n/i;

interface Asked {
  readonly resolve: (bytes: number) => void;
  readonly reject: (error: Error) => void;
}

export async function openConnection(origin: string): Promise<LeanConnection> {
  const { hostname, port, host } = new URL(origin);
  const dial = async (): Promise<LeanSocket> => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    return leanSocket(socket);
  };
  let current = await dial();
  return {
    async get(path) {
      // Servers close connections of which nothing comes for a while.
      if (current.isClosed()) current = await dial();
      return current.ask(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: keep-alive\r\n\r\n`);
    },
    close: () => current.close(),
  };
}

interface LeanSocket {
  ask(request: string): Promise<number>;
  isClosed(): boolean;
  close(): void;
}

function leanSocket(socket: Socket): LeanSocket {
  let asked: Asked | undefined;
  let isClosed = false;
  /** What came of a head that is not whole. */
  let head = '';
  let length = -1;
  let missing = 0;

  function fail(error: Error): void {
    const failed = asked;
    asked = undefined;
    isClosed = true;
    socket.destroy();
    failed?.reject(error);
  }

  /** How many bytes of a chunk belong to the head; all while it goes on. */
  function takeHead(chunk: Buffer): number {
    const before = head.length;
    head += chunk.toString('latin1');
    const end = head.indexOf(HEAD_END);
    if (end < 0) return chunk.length;
    const text = head.slice(0, end + HEAD_END.length);
    length = Number(LENGTH.exec(text)?.[1] ?? NaN);
    if (!OK.test(text) || Number.isNaN(length)) fail(new Error(`answered with ${text.slice(0, 200)}`));
    missing = length;
    head = '';
    return text.length - before;
  }

  socket.on('data', (chunk: Buffer) => {
    const from = length < 0 ? takeHead(chunk) : 0;
    if (length < 0) return;
    missing -= chunk.length - from;
    if (missing > 0 || asked === undefined) return;
    const { resolve } = asked;
    const bytes = length;
    asked = undefined;
    length = -1;
    resolve(bytes);
  });
  socket.on('error', fail);
  socket.on('end', () => fail(new Error('the connection was closed')));
  socket.on('close', () => fail(new Error('the connection was closed')));
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        asked = { resolve, reject };
        socket.write(request, 'latin1');
      }),
    isClosed: () => isClosed,
    close: () => void socket.destroy(),
  };
}
