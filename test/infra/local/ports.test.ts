import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { after, test } from 'node:test';
import { choosePorts, isFree } from '../../../infra/local/ports.ts';

const open: Server[] = [];
after(() => open.forEach((server) => server.close()));

function listen(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    open.push(server);
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

test('every name gets a free port of its own', async () => {
  const names = Array.from({ length: 20 }, (_, i) => `p${i}`);
  const ports = await choosePorts({ names });
  assert.equal(new Set(Object.values(ports)).size, names.length);
  for (const port of Object.values(ports)) assert.equal(await isFree(port), true);
});

test('an earlier port is taken again while it is free, and another one when it is not', async () => {
  const { a = 0 } = await choosePorts({ names: ['a'] });
  assert.deepEqual(await choosePorts({ names: ['a'], preferred: { a } }), { a });
  await listen(a);
  assert.notDeepEqual(await choosePorts({ names: ['a'], preferred: { a } }), { a });
});

test('a port is not taken when the port that is derived from it is in use', async () => {
  const { a = 0 } = await choosePorts({ names: ['a'], pairOffset: 10_000 });
  await listen(a + 10_000);
  assert.notDeepEqual(await choosePorts({ names: ['a'], pairOffset: 10_000, preferred: { a } }), { a });
});

test('ports and those derived from them stay below what systems give to outgoing connections', async () => {
  const ports = Object.values(await choosePorts({ names: ['a', 'b', 'c'], pairOffset: 10_000 }));
  for (const port of ports) assert.ok(port >= 20_000 && port + 10_000 < 32_768, String(port));
});
