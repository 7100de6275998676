import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { readAllCounts } from '../../../examples/demo/counts.ts';

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close().closeAllConnections();
});

async function serving(answer: (titleId: string) => { status: number; body: unknown }): Promise<string> {
  const server = createServer((request, response) => {
    const titleId = decodeURIComponent(request.url?.split('/')[3] ?? '');
    const { status, body } = answer(titleId);
    response.writeHead(status).end(JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const parts = { batch: 1, speed: 2, total: 3 };

test('answers come in the order of the titles, unknown titles with zeros', async () => {
  const url = await serving((titleId) =>
    titleId === 'b/c'
      ? { status: 404, body: {} }
      : { status: 200, body: { titleId, plays: parts, impressions: parts, complete: true } },
  );
  const answers = await readAllCounts(['a', 'b/c', 'd'], { url, concurrency: 2 });
  assert.deepEqual(
    answers.map(({ titleId, plays }) => [titleId, plays.total]),
    [
      ['a', 3],
      ['b/c', 0],
      ['d', 3],
    ],
  );
});

test('a busy answer is asked again', async () => {
  let asked = 0;
  const url = await serving((titleId) => {
    asked += 1;
    return asked === 1
      ? { status: 503, body: {} }
      : { status: 200, body: { titleId, plays: parts, impressions: parts, complete: true } };
  });
  const [answer] = await readAllCounts(['a'], { url });
  assert.equal(answer?.plays.total, 3);
  assert.equal(asked, 2);
});

test('a title that is never answered ends in an error that names it', async () => {
  const url = await serving(() => ({ status: 500, body: {} }));
  await assert.rejects(
    readAllCounts(['lost'], { url, tries: 2 }),
    (error) => isMarqueeError(error) && error.message.includes('lost'),
  );
});
