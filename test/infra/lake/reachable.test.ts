import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { assertReachable } from '../../../infra/lake/reachable.ts';

async function serve(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test('any answer will do, also an error', async (t) => {
  const addresses = [
    await serve(t, (_request, response) => response.end()),
    await serve(t, (_request, response) => response.writeHead(503).end()),
  ];
  await assertReachable(addresses);
});

test('a server that takes the request and never answers is not reachable, nor is one that is not there', async (t) => {
  const silent = await serve(t, () => undefined);
  await assert.rejects(assertReachable([silent], 50), { code: 'LAKE_UNAVAILABLE' });
  await assert.rejects(assertReachable(['http://127.0.0.1:1/']), { code: 'LAKE_UNAVAILABLE' });
});
