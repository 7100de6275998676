import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { settledComparison } from '../../../examples/demo/settle.ts';

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close().closeAllConnections();
});

/** A serving whose counts catch up by one play each time it is asked, up to `plays`. */
async function servingThatCatchesUp(plays: number): Promise<string> {
  let counted = 0;
  const server = createServer((request, response) => {
    const titleId = request.url?.split('/')[3];
    counted = Math.min(plays, counted + 1);
    const zero = { batch: 0, speed: 0, total: 0 };
    const parts = titleId === 'a' ? { batch: 0, speed: counted, total: counted } : zero;
    response.end(JSON.stringify({ titleId, plays: parts, impressions: zero, complete: true }));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const TRUTH = new Map([['a', { titleId: 'a', plays: 3, impressions: 0 }]]);

test('it waits until what is under way has arrived', async () => {
  const url = await servingThatCatchesUp(3);
  const result = await settledComparison(TRUTH, {
    counts: { url },
    titleIds: ['a', 'b'],
    patienceMs: 10_000,
  });
  assert.equal(result.differences, 0);
  assert.equal(result.titles, 2);
});

test('what still differs when patience ends is a difference', async () => {
  const url = await servingThatCatchesUp(2);
  const result = await settledComparison(TRUTH, { counts: { url }, titleIds: ['a', 'b'], patienceMs: 700 });
  assert.equal(result.differences, 1);
});
