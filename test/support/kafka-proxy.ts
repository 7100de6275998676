/** A TCP proxy before a broker that loses replies to produce requests: the append happens, the client never hears. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { ISocketFactory } from 'kafkajs';

export interface KafkaProxy {
  /** Sends every connection of a kafkajs client through the proxy. */
  readonly openSocket: ISocketFactory;
  /**
   * Loses the replies to the next `count` produce requests. With `cut`, the connection is closed instead, and with it
   * every other reply that is under way on it.
   */
  loseReplies(count: number, options?: { cut: boolean }): void;
  lost(): number;
  /** Refuses and cuts all connections until `restore`. */
  cutOff(): void;
  restore(): void;
  /** Most produce requests that were without a reply at one time. */
  mostInFlight(): number;
  close(): Promise<void>;
}

const PRODUCE = 0;

export async function startKafkaProxy(): Promise<KafkaProxy> {
  const sockets = new Set<Socket>();
  const state = { toLose: 0, cut: false, lost: 0, off: false, inFlight: 0, mostInFlight: 0 };
  const targets = new Map<number, { host: string; port: number }>();
  const server = createServer((client) => {
    client.once('data', (first: Buffer) => {
      const target = targets.get(first.readUInt16BE(0));
      if (target === undefined || state.off) {
        client.destroy();
        return;
      }
      const broker = connect(target);
      pipe(client, broker, first.subarray(2), state);
      for (const socket of [client, broker]) {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
      }
    });
    client.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: proxyPort } = server.address() as AddressInfo;
  return {
    openSocket: ({ host, port, onConnect }) => {
      targets.set(port, { host, port });
      const socket = connect({ host: '127.0.0.1', port: proxyPort }, () => {
        const hello = Buffer.alloc(2);
        hello.writeUInt16BE(port);
        socket.write(hello);
        onConnect();
      });
      socket.setNoDelay(true);
      return socket;
    },
    loseReplies(count, options) {
      state.toLose = count;
      state.cut = options?.cut ?? false;
    },
    lost: () => state.lost,
    mostInFlight: () => state.mostInFlight,
    cutOff() {
      state.off = true;
      for (const socket of sockets) socket.destroy();
    },
    restore() {
      state.off = false;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface LossState {
  toLose: number;
  cut: boolean;
  lost: number;
  inFlight: number;
  mostInFlight: number;
}

function pipe(client: Socket, broker: Socket, first: Buffer, state: LossState): void {
  const produce = new Set<number>();
  const requests = frames((frame) => {
    if (frame.readInt16BE(4) === PRODUCE) {
      produce.add(frame.readInt32BE(8));
      state.inFlight += 1;
      state.mostInFlight = Math.max(state.mostInFlight, state.inFlight);
    }
    broker.write(frame);
  });
  const replies = frames((frame) => {
    if (produce.delete(frame.readInt32BE(4))) {
      state.inFlight -= 1;
      if (state.toLose > 0) {
        state.toLose -= 1;
        state.lost += 1;
        if (state.cut) client.destroy();
        return;
      }
    }
    client.write(frame);
  });
  client.on('data', requests);
  broker.on('data', replies);
  requests(first);
  for (const [one, other] of [
    [client, broker],
    [broker, client],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
  client.on('close', () => {
    state.inFlight -= produce.size;
    produce.clear();
  });
}

/** Cuts a stream into Kafka frames: four bytes of length, then so many bytes. */
function frames(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0);
      onFrame(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  };
}
