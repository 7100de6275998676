import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, Socket, type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { processData } from '../../../infra/kafka/frames.ts';
import { readingSockets } from '../../../infra/kafka/reading-socket.ts';
import { until } from '../../support/until.ts';

async function opened(context: TestContext): Promise<{ near: Socket; far: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const connected: PromiseWithResolvers<void> = Promise.withResolvers();
  const open = readingSockets(() => assert.fail('this is not for TLS'));
  const near = open({ host: '127.0.0.1', port, ssl: false as never, onConnect: connected.resolve });
  await connected.promise;
  const [far] = await accepted;
  context.after(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return { near, far };
}

const sizes = [0, 3, 70_000, 12, 5_000_000, 1, 65_528, 65_536];
const payloads = sizes.map((size, i) => Buffer.alloc(size, i + 1));
const stream = Buffer.concat(
  payloads.map((payload, i) => {
    const head = Buffer.alloc(8);
    head.writeInt32BE(4 + payload.length);
    head.writeInt32BE(i, 4);
    return Buffer.concat([head, payload]);
  }),
);

test('answers large and small come whole through a socket, and its end is told', async (context) => {
  const { near, far } = await opened(context);
  const got: Buffer[] = [];
  const connection = {
    ...{ socket: near, authHandlers: null, authExpectResponse: false },
    requestQueue: { fulfillRequest: ({ payload }: { payload: Buffer }) => void got.push(payload) },
  };
  near.on('data', (piece: Buffer) => {
    processData.call(connection, piece);
  });
  const ended = once(near, 'end');
  far.write(stream);
  await until(() => got.length === payloads.length);
  payloads.forEach((payload, i) => {
    assert.ok(payload.equals(got[i]!), `answer ${i}`);
  });
  far.end();
  await ended;
});

test('what comes after a socket was ended reaches nobody', async (context) => {
  const { near, far } = await opened(context);
  const got: Buffer[] = [];
  near.on('data', (piece: Buffer) => got.push(piece));
  far.resume();
  near.end();
  await once(far, 'end');
  far.end(stream);
  await once(near, 'close');
  assert.deepEqual(got, []);
});

test('sockets with TLS are made as kafkajs makes them', () => {
  const theirs = new Socket();
  const open = readingSockets(() => theirs);
  assert.equal(open({ host: 'h', port: 1, ssl: {}, onConnect: () => undefined }), theirs);
});
