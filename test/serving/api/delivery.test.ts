import assert from 'node:assert/strict';
import { request, type IncomingMessage } from 'node:http';
import { test, type TestContext } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { BUCKET_MS } from '../../../domain/time.ts';
import { publishPopularity } from '../../support/popularity.ts';
import { BLOCK_SIZE, createServingBench, entry, NOW, type ServingBench } from '../../support/serving.ts';

const TITLES = Array.from({ length: 40 }, (_, n) => `title-${n}`);

async function start(t: TestContext): Promise<ServingBench> {
  const bench = await createServingBench(
    t,
    TITLES.map((id) => entry(id)),
  );
  await publishPopularity(bench.repository, {
    blockSize: BLOCK_SIZE,
    cut: { plays: [0, 0], impressions: [0, 0] },
    asOf: new Date(NOW).toISOString(),
    rows: TITLES.map((title, n) => ({
      ...{ title, country: 'DE', bucket: Math.floor(NOW / BUCKET_MS) },
      ...{ plays: 10 + n, impressions: 100 },
    })),
  });
  await bench.start();
  return bench;
}

interface Got {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** As it comes over the wire. */
function get(bench: ServingBench, path: string, headers: Record<string, string> = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const asked = request(`${bench.url()}${path}`, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    asked.on('error', reject).end();
  });
}

const ROW = '/v1/rows/popular?limit=40';

test('rows are compressed for whoever takes it, and say what they depend on', async (t) => {
  const bench = await start(t);
  const plain = await get(bench, ROW);
  assert.equal(plain.headers['content-encoding'], undefined);
  assert.match(plain.headers.vary ?? '', /Accept-Encoding/);
  const items = (body: Buffer): number => (JSON.parse(String(body)) as { items: unknown[] }).items.length;
  const unpack = { br: brotliDecompressSync, gzip: gunzipSync };
  for (const [coding, open] of Object.entries(unpack)) {
    const packed = await get(bench, ROW, { 'accept-encoding': coding });
    assert.equal(packed.headers['content-encoding'], coding);
    assert.match(packed.headers.vary ?? '', /Accept-Encoding/);
    assert.ok(packed.body.length < plain.body.length / 2);
    assert.equal(items(open(packed.body)), 40);
  }
  const both = await get(bench, ROW, { 'accept-encoding': 'gzip, deflate, br' });
  assert.equal(both.headers['content-encoding'], 'br');
  const none = await get(bench, ROW, { 'accept-encoding': 'nothing-known' });
  assert.equal(none.headers['content-encoding'], undefined);
});

test('what is small is sent as it is', async (t) => {
  const bench = await start(t);
  const small = await get(bench, '/livez', { 'accept-encoding': 'br' });
  assert.equal(small.headers['content-encoding'], undefined);
});

test('rows of nobody may be kept for a moment, by shared caches only where nobody said who they are', async (t) => {
  const bench = await start(t);
  const cacheOf = async (path: string, headers?: Record<string, string>) =>
    (await get(bench, path, headers)).headers['cache-control'];
  assert.equal(await cacheOf(ROW), 'public, max-age=1, stale-if-error=60');
  assert.equal(await cacheOf(ROW, { authorization: 'Bearer x' }), 'private, max-age=1, stale-if-error=60');
  assert.equal(await cacheOf('/v1/rows/popular?limit=zz'), 'no-store');
  assert.equal(await cacheOf('/v1/titles/none/counts'), 'no-store');
});

test('what is of a profile, of operations or of this instant is kept nowhere', async (t) => {
  const bench = await start(t);
  for (const path of ['/v1/profiles/p/impressions', '/livez', '/readyz', '/metrics']) {
    assert.match((await get(bench, path)).headers['cache-control'] ?? '', /no-store/, path);
  }
});

test('the document has an ETag and is not sent to whoever has it; answers with an id of their own have none', async (t) => {
  const bench = await start(t);
  const first = await get(bench, '/openapi.json');
  const { etag, 'cache-control': keeping } = first.headers;
  assert.match(etag ?? '', /^W\/"[\w-]{27}"$/);
  assert.equal(keeping, 'no-cache');
  for (const coding of ['identity', 'br']) {
    const headers = { 'if-none-match': etag!, 'accept-encoding': coding };
    const again = await get(bench, '/openapi.json', headers);
    assert.deepEqual([again.status, again.body.length, again.headers.etag], [304, 0, etag]);
  }
  assert.equal((await get(bench, '/openapi.json', { 'if-none-match': 'W/"other"' })).status, 200);
  assert.equal((await get(bench, ROW)).headers.etag, undefined);
});
