/** The client on a real Cassandra whose connections break, behind a proxy that can be gone like a node that was killed. */
import assert from 'node:assert/strict';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMarqueeError } from '../../../domain/errors.ts';
import { createCassandra } from '../../../infra/cassandra/client.ts';
import { useCassandra } from '../../support/cassandra.ts';
import { until } from '../../support/until.ts';

const node = await useCassandra();
const NODE_PORT = Number(node.settings.contactPoints!.split(':')[1]);

interface Proxy {
  readonly port: number;
  /** Connections are reset, and new ones refused. */
  vanish(): Promise<void>;
  comeBack(): Promise<void>;
}

async function createProxy(): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let server: Server;
  const listen = (port: number): Promise<number> =>
    new Promise((resolve) => {
      server = createServer((socket) => {
        const upstream = connect(NODE_PORT, '127.0.0.1');
        for (const one of [socket, upstream]) {
          sockets.add(one);
          one.on('error', () => undefined).on('close', () => sockets.delete(one));
        }
        socket.pipe(upstream).pipe(socket);
      });
      server.listen(port, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
  const port = await listen(0);
  const vanish = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  };
  after(vanish);
  return { port, vanish, comeBack: () => listen(port).then(() => undefined) };
}

test('while the node is gone every statement fails as unavailable, and once it is back they succeed', async () => {
  const proxy = await createProxy();
  const contactPoints = `127.0.0.1:${proxy.port}`;
  const cassandra = createCassandra({ ...node.settings, contactPoints, connectTimeoutMs: 1000 });
  after(() => cassandra.close());
  const ask = (n: number) =>
    cassandra.run(`SELECT key, release_version FROM system.local WHERE key = ?`, [n % 2 ? 'local' : '']);
  const isAway = (error: unknown): boolean => isMarqueeError(error, 'CASSANDRA_UNAVAILABLE');
  assert.equal((await ask(1)).length, 1);
  for (let round = 0; round < 2; round += 1) {
    await proxy.vanish();
    for (let i = 0; i < 25; i += 1) {
      await assert.rejects(Promise.all([ask(0), ask(1), ask(i)]), isAway);
      await sleep(200);
    }
    await proxy.comeBack();
    await until(
      () =>
        ask(1).then(
          () => true,
          (error: unknown) => !isAway(error),
        ),
      20_000,
      100,
    );
    const rows = await Promise.all(Array.from({ length: 50 }, () => ask(1)));
    assert.ok(rows.every((one) => one.length === 1));
  }
});
