import assert from 'node:assert/strict';
import { get, type IncomingHttpHeaders } from 'node:http';
import { test, type TestContext } from 'node:test';
import { MarqueeError } from '../../domain/errors.ts';
import { createDuckDb } from '../../infra/duckdb/duckdb.ts';
import { listen } from '../../infra/http/listen.ts';
import type { ProfileReader } from '../../serving/profiles/port.ts';
import { publishPopularity } from '../support/popularity.ts';
import { BLOCK_SIZE, createServingBench, NOBODY, NOW, type ServingBench } from '../support/serving.ts';
import { CATALOGUE, countsAt, publishModels, watcherOf } from '../support/tastes.ts';

const PROFILES: ProfileReader = {
  ...NOBODY,
  watchingOf: (profile) =>
    profile === 'gone'
      ? Promise.reject(new MarqueeError('PROFILES_UNAVAILABLE', { reason: 'it is gone' }))
      : Promise.resolve(profile.startsWith('taste-') ? watcherOf(Number(profile.slice(6)), NOW) : undefined),
};

async function open(t: TestContext): Promise<ServingBench> {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  t.after(() => duckdb.close());
  const bench = await createServingBench(t, CATALOGUE);
  await publishPopularity(bench.repository, {
    ...{ blockSize: BLOCK_SIZE, cut: { plays: [0, 0], impressions: [0, 0] } },
    ...{ asOf: new Date(NOW).toISOString(), rows: countsAt(NOW) },
  });
  await publishModels(bench.repository, duckdb);
  await bench.start({ profiles: PROFILES });
  return bench;
}

interface Told {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What differs from answer to answer, whoever gives it. */
const CHANGING = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(\.[\w.-]+)?|"at":\d+/g;

const ask = (url: string, headers: Record<string, string> = {}): Promise<Told> =>
  new Promise((resolve, reject) => {
    get(url, { agent: false, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.once('end', () => {
        const { date: _, ...rest } = response.headers;
        resolve({ status: response.statusCode, headers: rest, body: body.replaceAll(CHANGING, '') });
      });
    }).once('error', reject);
  });

test('the short way answers as the long one does, to the last header', async (t) => {
  const bench = await open(t);
  const long = await listen(bench.app(), { host: '127.0.0.1', port: 0 });
  t.after(() => long.close());
  const paths = [
    '/v1/profiles/taste-0/home?country=US&hour=20&device=tv&limit=5',
    '/v1/profiles/taste-1/home',
    '/v1/profiles/nobody/home?rows=2&purpose=prefetch',
    '/v1/profiles/gone/home',
    '/v1/profiles/taste-1/rows/top-picks?limit=3&hour=5',
    '/v1/profiles/taste-1/rows/trending?explain=true&hour=5',
    '/v1/profiles/taste-1/rows/none',
    '/v1/profiles/taste-1/rows/genre:None',
    '/v1/profiles/taste-1/home?limit=1&limit=9',
    '/v1/profiles/taste-1/home?purpose=other',
    '/v1/profiles/taste-1/home?cursor=x',
    '/v1/profiles/taste-1/home/',
    '/v1/profiles/%74aste-1/home?hour=1',
    '/V1/profiles/taste-1/home?hour=1',
    `/v1/profiles/${'a'.repeat(129)}/home`,
    '/v1/profiles/taste-1/else',
    '/v1/home?hour=1',
  ];
  const statuses = new Set<number | undefined>();
  for (const path of paths) {
    const [short, expected] = [await ask(`${bench.url()}${path}`), await ask(`${long.url}${path}`)];
    assert.deepEqual(short, expected, path);
    statuses.add(short.status);
  }
  assert.deepEqual([...statuses].sort(), [200, 400, 404]);
  const packed = { 'accept-encoding': 'gzip' };
  const { headers } = await ask(`${bench.url()}${paths[0]!}`, packed);
  assert.equal(headers['content-encoding'], 'gzip');
});

test('requests of both ways are counted by route, and a name beyond one byte a letter is whole', async (t) => {
  const bench = await createServingBench(t, [
    { ...CATALOGUE[0]!, name: 'Ĉio bona – 映画 🎬' },
    ...CATALOGUE.slice(1, 8),
  ]);
  await bench.start();
  const path = '/v1/profiles/a/rows/popular';
  const [short, long] = [await ask(`${bench.url()}${path}`), await ask(`${bench.url()}${path}/`)];
  assert.match(short.body, /Ĉio bona – 映画 🎬/);
  assert.equal(short.body, long.body);
  const metrics = await bench.text('/metrics');
  assert.match(
    metrics,
    /marquee_serving_request_seconds_count\{route="\/v1\/profiles\/:id\/rows\/:row",status="200"\} 2/,
  );
});
