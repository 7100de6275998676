import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { BUCKET_MS } from '../../../domain/time.ts';
import { createMarqueeClient, dataOf, ProblemError } from '../../../examples/client/client.ts';
import { presentDocument } from '../../../examples/client/document.ts';
import { showRows } from '../../../examples/client/show-rows.ts';
import { typesOf } from '../../../examples/client/types-of.ts';
import { publishPopularity } from '../../support/popularity.ts';
import { createServingBench, entry, NOW } from '../../support/serving.ts';

const API = join(import.meta.dirname, '../../../examples/client/api.ts');

test('the client’s types are those of the present document', async () => {
  assert.equal(await readFile(API, 'utf8'), await typesOf(presentDocument()), 'npm run client:generate');
});

test('another document gives other types', async () => {
  const document = presentDocument();
  const [path] = Object.keys(document.paths ?? {});
  const { [path!]: _gone, ...paths } = document.paths ?? {};
  assert.notEqual(await typesOf({ ...document, paths }), await typesOf(document));
});

test('the example shows rows and counts of a running app', async (t) => {
  const bench = await createServingBench(t, [entry('a'), entry('b')]);
  await publishPopularity(bench.repository, {
    blockSize: 16,
    cut: { plays: [0, 0], impressions: [0, 0] },
    asOf: new Date(NOW).toISOString(),
    rows: [
      {
        ...{ title: 'a', country: 'DE', bucket: Math.floor(NOW / BUCKET_MS) },
        ...{ plays: 10, impressions: 40 },
      },
    ],
  });
  await bench.start();
  const shown = await showRows(createMarqueeClient({ baseUrl: bench.url() }), 'DE');
  assert.match(shown, /^trending \(merged, complete\)\n {2}1\. Film a\n/);
  assert.match(shown, /Film a: 10 plays counted by batch \+ 0 by the stream = 10$/);
});

test('what is refused is thrown with the code of the error table', async (t) => {
  const bench = await createServingBench(t, [entry('a')]);
  await bench.start();
  const client = createMarqueeClient({ baseUrl: bench.url() });
  const { data, error, response } = await client.GET('/v1/rows/popular', {
    params: { query: { country: 'nowhere' } },
  });
  assert.deepEqual([data, error?.code, response.status], [undefined, 'REQUEST_INVALID', 400]);
  const refused = dataOf(client.GET('/v1/titles/{id}/counts', { params: { path: { id: 'zz' } } }));
  await assert.rejects(refused, (thrown) => {
    assert.ok(thrown instanceof ProblemError);
    assert.deepEqual([thrown.status, thrown.problem.code], [404, 'TITLE_NOT_FOUND']);
    return true;
  });
});

test('a token is sent along, an answer that never comes is given up, and one that is not ours is a problem too', async (t) => {
  const heard: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    heard.push(request.headers.authorization);
    if (request.url?.startsWith('/v1/rows/popular')) response.writeHead(502).end('<html>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createMarqueeClient({ baseUrl, token: 'secret', timeoutMs: 50 });
  await assert.rejects(client.GET('/v1/rows/trending'), { name: 'TimeoutError' });
  assert.deepEqual(heard, ['Bearer secret']);
  await assert.rejects(dataOf(client.GET('/v1/rows/popular')), { name: 'ProblemError', status: 502 });
});
