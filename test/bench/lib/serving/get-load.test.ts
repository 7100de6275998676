import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { getClosed, getOpen, quantile } from '../../../../bench/lib/serving/get-load.ts';

async function serving<T>(listener: RequestListener, work: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('as many requests as were wanted are made, each address in its turn, and all of a body is counted', async () => {
  const asked: (string | undefined)[] = [];
  const result = await serving(
    (request, response) => {
      asked.push(request.url);
      // Longer than one read of a socket.
      const body = 'ä'.repeat(100_000);
      response.setHeader('Content-Length', Buffer.byteLength(body));
      response.write(body.slice(0, 7));
      response.end(body.slice(7));
    },
    (url) => getClosed({ urls: [`${url}/a?b=1`, `${url}/c`], connections: 3 }, 10),
  );
  assert.equal(result.bytes, 10 * 200_000);
  assert.equal(asked.filter((path) => path === '/a?b=1').length, 5);
  assert.equal(asked.filter((path) => path === '/c').length, 5);
});

test('an answer that comes byte by byte is one answer', async () => {
  const text = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\nother: 1\r\n\r\nhello';
  const server = createTcpServer((socket) => {
    socket.setNoDelay();
    socket.on('error', () => undefined);
    socket.on('data', () => {
      void (async () => {
        for (const byte of text) {
          socket.write(byte);
          await sleep(1);
        }
      })();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const urls = [`http://127.0.0.1:${(server.address() as AddressInfo).port}/`];
  assert.equal((await getClosed({ urls, connections: 1 }, 2)).bytes, 10);
  server.close();
});

test('an answer other than 200 fails, and so does one whose length is not told', async () => {
  for (const answer of [
    (response: Parameters<RequestListener>[1]) => response.writeHead(503, { 'Content-Length': 0 }).end(),
    (response: Parameters<RequestListener>[1]) => {
      response.write('some');
      response.end('thing');
    },
  ])
    await serving(
      (_, response) => {
        answer(response);
      },
      (url) => assert.rejects(getClosed({ urls: [`${url}/`], connections: 2 }, 4), /answered with HTTP\/1.1/),
    );
});

test('a server that stalls is charged for those who would have asked meanwhile', async () => {
  let first = true;
  const times = await serving(
    (_, response) => {
      const wait = first ? 200 : 0;
      first = false;
      setTimeout(() => response.setHeader('Content-Length', 2).end('ok'), wait);
    },
    (url) => getOpen({ urls: [`${url}/`], connections: 1 }, 100, 0.5),
  );
  assert.equal(times.length, 50);
  assert.ok(quantile(times, 0.99) >= 195, `the slowest took ${quantile(times, 0.99)} ms`);
  // Those of the first fifth of a second waited for the first, half of that in the mean.
  assert.ok(quantile(times, 0.7) > 20, `${quantile(times, 0.7)} ms`);
  assert.ok(quantile(times, 0.2) < 100, `${quantile(times, 0.2)} ms`);
});

test('an answer at once takes less than the time between two requests', async () => {
  const times = await serving(
    (_, response) => void response.setHeader('Content-Length', 2).end('ok'),
    (url) => getOpen({ urls: [`${url}/`], connections: 4 }, 10, 0.5),
  );
  assert.ok(quantile(times, 0) < 50, `${quantile(times, 0)} ms`);
});

test('a connection that was closed while nobody asked is opened anew', { timeout: 10_000 }, async () => {
  const closing: RequestListener = (request, response) => {
    response.setHeader('Content-Length', 3);
    response.end('abc');
    setImmediate(() => request.socket.destroySoon());
  };
  await serving(closing, async (url) => {
    const load = { urls: [`${url}/`], connections: 1 };
    // Between two requests there is time to close.
    assert.equal((await getOpen(load, 20, 0.5)).length, 10);
  });
});

test(
  'a connection that is closed under way fails whoever asks, at a rate as well',
  { timeout: 10_000 },
  async () => {
    await serving(
      (request) => void request.socket.destroy(),
      async (url) => {
        const load = { urls: [`${url}/`], connections: 2 };
        await assert.rejects(getClosed(load, 10), /closed|ECONNRESET|EPIPE/);
        await assert.rejects(getOpen(load, 100, 5), /closed|ECONNRESET|EPIPE/);
      },
    );
  },
);
