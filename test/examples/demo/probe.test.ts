import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, test } from 'node:test';
import { parseEvent } from '../../../domain/events/validate.ts';
import { startProbe } from '../../../examples/demo/probe.ts';

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close().closeAllConnections();
});

/** Ingest and serving in one: an impression shows in the counts so many milliseconds after it came. */
async function marquee(delayMs: number) {
  const arrivals: number[] = [];
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        assert.ok(parseEvent(body).ok, body);
        arrivals.push(Date.now());
        response.writeHead(202).end('{"accepted":1,"rejected":0,"results":[]}');
      });
      return;
    }
    const total = arrivals.filter((at) => at + delayMs <= Date.now()).length;
    const parts = { batch: 0, speed: total, total };
    response.end(JSON.stringify({ titleId: 'x', plays: parts, impressions: parts, complete: true }));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('freshness is the time from the acknowledgement to the answer that has the impression', async () => {
  const url = await marquee(300);
  const probe = startProbe({
    ingestUrl: url,
    servingUrl: url,
    runId: 'r',
    everyMs: 5,
    isStreaming: () => true,
  });
  await sleep(1500);
  const measured = await probe.stop();
  assert.ok(measured.length >= 2, `${measured.length} measurements`);
  // The delay runs from the arrival, the measurement from the acknowledgement: on a busy machine they lie apart.
  for (const freshnessMs of measured)
    assert.ok(freshnessMs >= 150 && freshnessMs < 1000, `${freshnessMs} ms`);
});

test('what is measured while nothing streams does not count', async () => {
  const url = await marquee(0);
  const probe = startProbe({
    ingestUrl: url,
    servingUrl: url,
    runId: 'r',
    everyMs: 5,
    isStreaming: () => false,
  });
  await sleep(200);
  assert.deepEqual(await probe.stop(), []);
});

test('it stops at once, even while an impression is awaited', async () => {
  const url = await marquee(60_000);
  const probe = startProbe({ ingestUrl: url, servingUrl: url, runId: 'r', isStreaming: () => true });
  await sleep(100);
  const startedAt = performance.now();
  await probe.stop();
  assert.ok(performance.now() - startedAt < 1_000);
});
