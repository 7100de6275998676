import assert from 'node:assert/strict';
import { test } from 'node:test';
import express from 'express';
import type { BackfillReport } from '../../domain/backfill.ts';
import { MarqueeError } from '../../domain/errors.ts';
import { BUCKET_MS } from '../../domain/time.ts';
import { viewName } from '../../domain/views.ts';
import { servingSection } from '../../infra/config/serving.ts';
import { silentLog } from '../../infra/log.ts';
import { createMetrics } from '../../infra/metrics.ts';
import { createOpenApi } from '../../serving/api/document.ts';
import { errorAnswer } from '../../serving/api/schemas.ts';
import { createServingGates } from '../../serving/access.ts';
import { createServingApps, type ServingAppDeps } from '../../serving/app.ts';
import type { HomeAnswers } from '../../serving/home/answers.ts';
import { createHomeRouter, type HomeRouterDeps } from '../../serving/home/router.ts';
import type { BackfillClient } from '../../serving/ops/port.ts';
import { report, summaries } from '../../serving/ops/schemas.ts';
import { publishPopularity } from '../support/popularity.ts';
import { routesOf } from '../support/express-routes.ts';
import { createAnalyticsRouter, type AnalyticsDeps } from '../../serving/analytics/router.ts';
import { createServingBench, entry, NOW } from '../support/serving.ts';

const CATALOGUE = [entry('a'), entry('b')];
const VIEW = {
  blockSize: 16,
  cut: { plays: [0, 0], impressions: [0, 0] },
  asOf: new Date(NOW).toISOString(),
};
const BUCKET = Math.floor(NOW / BUCKET_MS);
const ROWS = [{ title: 'a', country: 'DE', bucket: BUCKET, plays: 10, impressions: 40 }];

test('the OpenAPI document has every route and no other', () => {
  const unused = {} as ServingAppDeps;
  const metrics = createMetrics();
  const { app, opsApp } = createServingApps({
    ...unused,
    maxRowItems: 100,
    home: { answers: () => ({}) as HomeAnswers, router: () => createHomeRouter({} as HomeRouterDeps) },
    analytics: { router: createAnalyticsRouter({} as AnalyticsDeps) },
    gates: createServingGates(undefined, metrics, silentLog()),
    delivery: servingSection.parse({}),
    checks: {},
    metrics,
    noteRow: () => undefined,
    measured: {
      timeRequests: (_request, _response, next) => next(),
      noteRequest: () => undefined,
      countRow: () => undefined,
    },
    log: silentLog(),
    version: '1.2.3',
  });
  const document = createOpenApi(100, '1.2.3');
  const documented = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.keys(item as object).map((method) => `${method} ${path}`),
  );
  assert.deepEqual(documented.sort(), routesOf(app, opsApp));
  assert.ok(documented.length >= 12);
});

test('an app with one route more than the document would be noticed', () => {
  const app = express();
  app.get('/v1/rows/:id/secret', () => undefined);
  assert.deepEqual(routesOf(app), ['get /v1/rows/{id}/secret']);
});

/** What the test looks at. */
interface OpenApi {
  readonly openapi: string;
  readonly paths: Record<
    string,
    {
      readonly get: {
        readonly parameters: readonly {
          readonly name: string;
          readonly schema: { readonly enum?: unknown };
        }[];
        readonly responses: Record<string, { readonly content: unknown }>;
      };
    }
  >;
  readonly components: { readonly schemas: Record<string, { readonly properties: Record<string, unknown> }> };
}

test('the document tells parameters and answers from the schemas that validate', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await bench.start();
  const body = (await bench.get('/openapi.json')).body as unknown as OpenApi;
  assert.equal(body.openapi, '3.1.0');
  const { parameters, responses } = body.paths['/v1/rows/trending']!.get;
  assert.deepEqual(
    parameters.map(({ name }) => name),
    ['window', 'country', 'limit', 'device', 'hour', 'purpose'],
  );
  assert.deepEqual(parameters[0]?.schema.enum, ['5m', '1h', '24h']);
  assert.deepEqual(responses['200']?.content, {
    'application/json': { schema: { $ref: '#/components/schemas/Row' } },
  });
  assert.ok(body.components.schemas['Row']?.properties['recommendationId']);
  const page = await bench.text('/docs/');
  assert.match(page, /Marquee API/);
  assert.doesNotMatch(page, /(src|href)="https?:/);
});

test('answers are of the shapes that the document promises', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await bench.start();
  await bench.row('popular');
  await publishPopularity(bench.repository, { ...VIEW, rows: ROWS });
  await bench.stop();
  await bench.start();
  await bench.row('trending?window=24h&country=DE&limit=5');
  await bench.counts('a');
  errorAnswer.parse((await bench.get('/v1/titles/zz/counts')).body);
});

test('a row that is shorter than the usual length by configuration is so without a limit as well', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await bench.start({ settings: { maxRowItems: '1' } });
  assert.equal((await bench.row('popular')).items.length, 1);
  assert.equal((await bench.row('trending')).items.length, 1);
  assert.equal((await bench.get('/v1/rows/trending?limit=2')).status, 400);
});

test('the document says what complete means', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await bench.start();
  const body = (await bench.get('/openapi.json')).body as unknown as OpenApi;
  for (const answer of ['Row', 'TitleCounts']) {
    const { complete, behind } = body.components.schemas[answer]!.properties;
    assert.match(JSON.stringify(complete), /SERVING_SPEED_SILENT_MS/);
    assert.match(JSON.stringify(complete), /does not say that the watermark is at the end of the log/);
    assert.ok(behind);
  }
});

const REFUSED: readonly (readonly [string, string, string])[] = [
  ['/v1/rows/trending?window=7d', 'window', '"7d"'],
  ['/v1/rows/trending?window=1h&window=5m', 'window', 'a list of 2'],
  ['/v1/rows/trending?country=usa', 'country', '"usa"'],
  ['/v1/rows/trending?limit=0', 'limit', '"0"'],
  ['/v1/rows/trending?limit=101', 'limit', '"101"'],
  ['/v1/rows/trending?window=', 'window', '""'],
  ['/v1/rows/popular?country=', 'country', '""'],
  ['/v1/rows/popular?country=US&country=DE', 'country', 'a list of 2'],
  ['/v1/rows/popular?limit=0', 'limit', '"0"'],
  ['/v1/rows/popular?limit=101', 'limit', '"101"'],
  ['/v1/rows/popular?limit=-1', 'limit', '"-1"'],
  ['/v1/rows/popular?limit=1e9', 'limit', '"1e9"'],
  ["/v1/titles/a/counts?country=';--", 'country', `"';--"`],
];

test('parameters that are wrong are refused with code, field and shape', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  await bench.start();
  for (const [path, field, shape] of REFUSED) {
    const { status, body } = await bench.get(path);
    assert.deepEqual(
      [status, body['code'], body['field'], body['shape']],
      [400, 'REQUEST_INVALID', field, shape],
      path,
    );
    assert.match(String(body['message']), new RegExp(`^Parameter ${field} is`));
  }
  const long = await bench.get(`/v1/titles/${'x'.repeat(200)}/counts`);
  assert.deepEqual([long.status, long.body['field']], [400, 'id']);
  const broken = await bench.get('/v1/titles/%E0%A4%A/counts');
  assert.deepEqual([broken.status, broken.body['code']], [400, 'BODY_INVALID']);
  const nowhere = await bench.get('/v1/nothing');
  assert.deepEqual([nowhere.status, nowhere.body['code']], [404, 'NOT_FOUND']);
});

const REPORT: BackfillReport = {
  id: 'popularity.1',
  view: viewName('popularity'),
  from: '2026-01-01T00:00:00Z',
  to: '2026-01-01T01:00:00Z',
  dryRun: true,
  state: 'running',
  startedAt: '2026-01-02T00:00:00Z',
  closedAt: null,
  progress: { phase: 'planning', hoursDone: 0, hoursTotal: 1, base: null, diff: null },
  result: null,
  error: null,
};

/** Keeps what it was asked; `get` of another id is refused as Temporal's adapter would. */
function backfillsDouble(): BackfillClient & { readonly asked: unknown[] } {
  const asked: unknown[] = [];
  const find = (id: string): Promise<BackfillReport> =>
    id === REPORT.id
      ? Promise.resolve(REPORT)
      : Promise.reject(new MarqueeError('BACKFILL_NOT_FOUND', { id }));
  return {
    asked,
    start(order) {
      asked.push(order);
      return Promise.resolve({ id: REPORT.id });
    },
    get: find,
    approve(id, approver) {
      asked.push({ id, approver });
      return find(id);
    },
    cancel: find,
    list: () => Promise.resolve([REPORT]),
  };
}

test('backfills are started, listed, looked at, approved and cancelled', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  const backfills = backfillsDouble();
  await bench.start({ backfills });
  const { from, to } = REPORT;
  const started = await bench.post('/v1/ops/backfills', { from, to, dryRun: true });
  assert.deepEqual(started, { status: 202, body: { id: REPORT.id } });
  assert.deepEqual(backfills.asked[0], { view: 'popularity', from, to, dryRun: true });
  summaries.parse((await bench.get('/v1/ops/backfills?limit=5')).body);
  report.parse((await bench.get(`/v1/ops/backfills/${REPORT.id}`)).body);
  const approved = await bench.post(`/v1/ops/backfills/${REPORT.id}/approve`, { approver: 'ops' });
  assert.equal(approved.status, 200);
  assert.deepEqual(backfills.asked[1], { id: REPORT.id, approver: 'ops' });
  assert.equal((await bench.post(`/v1/ops/backfills/${REPORT.id}/cancel`, {})).status, 200);
  const missing = await bench.get('/v1/ops/backfills/none');
  assert.deepEqual([missing.status, missing.body['code']], [404, 'BACKFILL_NOT_FOUND']);
});

test('orders that are wrong never reach Temporal', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  const backfills = backfillsDouble();
  await bench.start({ backfills });
  const bodies: readonly (readonly [unknown, string])[] = [
    [{ to: REPORT.to }, 'from'],
    [{ ...REPORT, view: 'No View' }, 'view'],
    [{ ...REPORT, dryRun: 'yes' }, 'dryRun'],
    [[], 'body'],
  ];
  for (const [body, field] of bodies) {
    const refused = await bench.post('/v1/ops/backfills', body);
    assert.deepEqual(
      [refused.status, refused.body['code'], refused.body['field']],
      [400, 'REQUEST_INVALID', field],
    );
  }
  assert.equal((await bench.post('/v1/ops/backfills', '{broken')).body['code'], 'BODY_INVALID');
  assert.equal((await bench.post('/v1/ops/backfills', { from: 'x'.repeat(20_000) })).status, 413);
  assert.equal((await bench.post(`/v1/ops/backfills/${REPORT.id}/approve`, {})).body['field'], 'approver');
  assert.deepEqual(backfills.asked, []);
});

test('Temporal that is slow or not there is an answer of its own, in time', async (t) => {
  const bench = await createServingBench(t, CATALOGUE);
  const slow = { ...backfillsDouble(), list: () => new Promise<never>(() => undefined) };
  await bench.start({ backfills: slow, settings: { opsDeadlineMs: '100' } });
  const late = await bench.get('/v1/ops/backfills');
  assert.deepEqual([late.status, late.body['code']], [503, 'WORKFLOW_SERVICE_UNAVAILABLE']);
  await bench.stop();
  await bench.start();
  const none = await bench.get('/v1/ops/backfills');
  assert.deepEqual([none.status, none.body['code']], [503, 'WORKFLOW_SERVICE_UNAVAILABLE']);
});
