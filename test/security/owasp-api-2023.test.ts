/** One test for each item of the OWASP API Security Top 10 of 2023; docs/security.md lists what each proves. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { MarqueeError } from '../../domain/errors.ts';
import { openIssuerKeys } from '../../infra/http/auth/issuer-keys.ts';
import { refuseOpen } from '../../infra/http/auth/local-only.ts';
import { createAccessRules } from '../../infra/http/auth/rules.ts';
import { listen } from '../../infra/http/listen.ts';
import { silentLog } from '../../infra/log.ts';
import { OPS_RULES, PUBLIC_RULES } from '../../serving/access.ts';
import type { BackfillClient } from '../../serving/ops/port.ts';
import { startWorld } from '../contract/world.ts';
import { routesOf } from '../support/express-routes.ts';
import { event, openIngest } from '../support/ingest.ts';
import { bearing, openSecured, PROFILE } from './world.ts';

const codeOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { code?: unknown }).code;

test('API1:2023 credentials of one profile neither read nor write another, whether there is one or not', async (t) => {
  const secured = await openSecured(t);
  const world = await startWorld(t, { access: secured.serving });
  const own = bearing(await secured.issuer.token());
  const routes = routesOf(world.app()).filter((route) => route.includes('/v1/profiles/{id}'));
  assert.ok(routes.length >= 4);
  for (const route of routes) {
    const path = route.replace('get ', '').replace('{row}', 'trending').replace('{title}', '50');
    assert.notEqual((await world.fetch(path.replace('{id}', PROFILE), own)).status, 403, path);
    for (const other of ['somebody-else', 'nobody', 'profile-2', `${PROFILE}%20`, `${PROFILE}%2F..`]) {
      const response = await world.fetch(path.replace('{id}', other), own);
      assert.equal(response.status, 403, `${path} ${other}`);
      assert.equal(await codeOf(response), 'PROFILE_DENIED');
    }
  }
  const ingest = await openIngest({}, {}, {}, { admission: secured });
  t.after(ingest.close);
  const headers = { authorization: `Bearer ${await secured.issuer.token({ scope: 'events:write' })}` };
  const events = [PROFILE, 'somebody-else', PROFILE].map((profileId, i) =>
    event({ profileId, eventId: `e${i}` }),
  );
  const response = await ingest.post(JSON.stringify(events), headers);
  const { results } = (await response.json()) as {
    results: { status: number; code?: string; field?: string }[];
  };
  assert.equal(response.status, 207);
  assert.deepEqual(
    results.map(({ status }) => status),
    [202, 403, 202],
  );
  assert.deepEqual([results[1]?.code, results[1]?.field], ['PROFILE_DENIED', 'profileId']);
  assert.equal(ingest.producer.sent.length, 2);
});

test('API2:2023 whoever cannot prove who they are is turned away, and an address that keeps trying is slowed', async (t) => {
  const secured = await openSecured(t, { auth: { failuresPerMinute: '12' } });
  const world = await startWorld(t, { access: secured.serving });
  const key = await secured.key('rows:read');
  const path = '/v1/rows/popular';
  assert.equal((await world.fetch(path, bearing(key))).status, 200);
  const none = await world.fetch(path);
  assert.equal(none.status, 401);
  assert.equal(none.headers.get('www-authenticate'), 'Bearer realm="marquee"');
  const wrong = [key.slice(0, -1), key.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')), 'x', 'a.b.c'];
  for (const token of wrong) {
    const response = await world.fetch(path, bearing(token));
    assert.equal(response.status, 401, token);
    assert.match(String(response.headers.get('www-authenticate')), /error="invalid_token"/);
  }
  for (const authorization of ['Basic YTpi', `Key ${key}`, 'Bearer', `Bearer ${key} ${key}`])
    assert.equal((await world.fetch(path, { headers: { authorization } })).status, 401, authorization);
  const statuses: number[] = [];
  for (let i = 0; i < 10; i += 1) statuses.push((await world.fetch(path, bearing(`guess-${i}`))).status);
  assert.equal(statuses.at(-1), 429);
});

test('API3:2023 nobody gets or sets a property that is not meant for them', async (t) => {
  const secured = await openSecured(t);
  let order: unknown;
  const backfills = {
    start(given: unknown) {
      order = given;
      return Promise.resolve({ id: 'b' });
    },
  } as unknown as BackfillClient;
  const world = await startWorld(t, { access: secured.serving, backfills });
  const from = '2026-01-31T13:00:00Z';
  const body = {
    from,
    to: '2026-01-31T14:00:00Z',
    dryRun: true,
    state: 'succeeded',
    approver: 'me',
    id: 'x',
  };
  const { headers } = bearing(await secured.key('ops:write'));
  const started = await world.fetch('/v1/ops/backfills', {
    method: 'POST',
    headers: { ...(headers as Record<string, string>), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.equal(started.status, 202);
  assert.deepEqual(Object.keys(order as object).sort(), ['dryRun', 'from', 'to', 'view']);
  const [told] = await secured.keys.list();
  assert.ok(told !== undefined && !('hash' in told));
});

test('API4:2023 what one request, one caller and one moment may take is bounded', async (t) => {
  const secured = await openSecured(t, { limits: { servingRequestsPerMinute: '5', requestsAtOnce: '2' } });
  const world = await startWorld(t, { access: secured.serving });
  const [rows, ops] = [bearing(await secured.key('rows:read')), await secured.key('ops:write')];
  for (const query of ['limit=1e9', 'limit=99999', 'limit=-1'])
    assert.equal((await world.fetch(`/v1/rows/popular?${query}`, rows)).status, 400, query);
  const large = await world.fetch('/v1/ops/backfills', {
    method: 'POST',
    headers: { authorization: `Bearer ${ops}`, 'content-type': 'application/json' },
    body: JSON.stringify({ from: 'x'.repeat(20_000) }),
  });
  assert.equal(large.status, 413);
  const statuses: number[] = [];
  for (let i = 0; i < 4; i += 1) statuses.push((await world.fetch('/v1/rows/popular', rows)).status);
  assert.deepEqual([statuses[0], statuses.at(-1)], [200, 429]);
  const another = bearing(await secured.key('rows:read'));
  assert.equal((await world.fetch('/v1/rows/popular', another)).status, 200, 'limits are kept by caller');
});

test('API5:2023 operators have scopes and a port of their own', async (t) => {
  const secured = await openSecured(t);
  const world = await startWorld(t, { access: secured.serving });
  const post = async (path: string, key: string): Promise<number> =>
    (await world.fetch(path, { method: 'POST', ...bearing(key) })).status;
  const reader = await secured.key('rows:read', 'events:write');
  const watcher = await secured.key('ops:read');
  assert.equal((await world.fetch('/v1/ops/backfills', bearing(reader))).status, 403);
  assert.equal((await world.fetch('/v1/OPS/backfills/', bearing(reader))).status, 404, 'on the other port');
  assert.equal((await world.fetch('/v1/ops/backfills', bearing(watcher))).status, 200);
  assert.equal(await post('/v1/ops/backfills/popularity.1/cancel', watcher), 403);
  assert.equal(await post('/v1/ops/backfills/popularity.1/cancel', await secured.key('ops:write')), 200);
  assert.equal((await world.fetch('/v1/rows/popular', bearing(watcher))).status, 403);
  const open = await listen(world.app(), { host: '127.0.0.1', port: 0 });
  t.after(open.close);
  const everything = bearing(await secured.key('ops:read', 'ops:write', 'rows:read'));
  assert.equal((await fetch(`${open.url}/v1/ops/backfills`, everything)).status, 404);
});

test('API6:2023 one device cannot play a title up: its events are its own profile’s, at a profile’s pace', async (t) => {
  const secured = await openSecured(t, { limits: { profileRequestsPerMinute: '3' } });
  const ingest = await openIngest({}, {}, {}, { admission: secured });
  t.after(ingest.close);
  const headers = { authorization: `Bearer ${await secured.issuer.token({ scope: 'events:write' })}` };
  const many = Array.from({ length: 50 }, (_, i) => event({ profileId: `made-up-${i}`, eventId: `e${i}` }));
  assert.equal((await ingest.post(JSON.stringify(many), headers)).status, 403);
  assert.equal(ingest.producer.sent.length, 0);
  const statuses: number[] = [];
  for (let i = 0; i < 4; i += 1)
    statuses.push(
      (await ingest.post(JSON.stringify(event({ profileId: PROFILE, eventId: `o${i}` })), headers)).status,
    );
  assert.deepEqual([statuses[0], statuses.at(-1)], [202, 429]);
});

test('API7:2023 no caller makes the server ask an address: a token cannot say where its key is', async (t) => {
  const secured = await openSecured(t);
  let asked = 0;
  const trap = createServer((_request, response) => {
    asked += 1;
    response.end('{"keys":[]}');
  });
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
  t.after(() => void trap.close());
  const url = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/`;
  const world = await startWorld(t, { access: secured.serving });
  for (const header of [{ jku: url }, { x5u: url }, { kid: url }]) {
    await world.fetch('/v1/rows/popular', bearing(await secured.issuer.token({ iss: url }, header)));
  }
  await world.fetch(
    `/v1/rows/popular?url=${encodeURIComponent(url)}&callback=${url}`,
    bearing(await secured.key('rows:read')),
  );
  assert.equal(asked, 0);
});

test('API8:2023 without credentials a process is this machine’s alone, and says nothing of its inside', async (t) => {
  const { access, ...secured } = await openSecured(t, { auth: { mode: 'off' } });
  const off = { mode: 'off', allowOpen: false } as Parameters<typeof refuseOpen>[0];
  for (const host of ['0.0.0.0', '::', '192.168.0.7', 'example.com', '127.0.0.1.example.com'])
    assert.throws(() => refuseOpen(off, 'SERVING_HOST', host), /SERVING_HOST/, host);
  for (const host of ['127.0.0.1', '::1', 'localhost']) refuseOpen(off, 'SERVING_HOST', host);
  refuseOpen({ ...off, allowOpen: true }, 'SERVING_HOST', '0.0.0.0');
  refuseOpen({ ...off, mode: 'keys' }, 'SERVING_HOST', '0.0.0.0');
  const world = await startWorld(t, { access: { ...secured.serving, access } });
  const cancel = '/v1/ops/backfills/popularity.1/cancel';
  const post = (headers: Record<string, string>) => world.fetch(cancel, { method: 'POST', headers });
  assert.equal((await post({})).status, 200);
  assert.equal((await post({ 'sec-fetch-site': 'cross-site' })).status, 403);
  assert.equal((await post({ origin: 'https://evil.example' })).status, 403);
  const rebound = await rawGet(world.url(), 'evil.example');
  assert.match(rebound, /^HTTP\/1\.1 403 /);
  assert.doesNotMatch(rebound, /x-powered-by|node_modules|\.ts:|express/i);
});

test('API9:2023 every route is in the document, has a rule, and the document says what it needs', async (t) => {
  const world = await startWorld(t);
  const document = (await world.get('/openapi.json')).body as {
    paths: Record<string, Record<string, { security?: unknown }>>;
  };
  for (const [app, rules] of [
    [world.app(), PUBLIC_RULES],
    [world.opsApp(), OPS_RULES],
  ] as const) {
    const found = createAccessRules(rules);
    for (const route of routesOf(app)) {
      const [method, path] = route.split(' ') as [string, string];
      const rule = found.find(method.toUpperCase(), path)?.rule;
      assert.ok(rule !== undefined, `${route} has no rule`);
      const operation = document.paths[path]?.[method];
      assert.ok(operation !== undefined, `${route} is in no document`);
      assert.equal(operation.security !== undefined, rule.needs !== 'nothing', route);
    }
  }
});

test('API10:2023 what the issuer answers is not believed blindly: no redirect, no garbage, no endless wait', async (t) => {
  let target = 0;
  const answers: Record<string, (response: ServerResponse) => void> = {
    '/redirect': (response) => void response.writeHead(302, { location: '/target' }).end(),
    '/target': (response) => {
      target += 1;
      response.end('{"keys":[]}');
    },
    '/garbage': (response) => void response.end('<html>'),
    '/shape': (response) => void response.end('{"keys":"all"}'),
    '/silent': () => undefined,
  };
  const server = createServer((request, response) => answers[request.url ?? '']?.(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const path of ['/redirect', '/garbage', '/shape', '/silent']) {
    const options = { timeoutMs: 200, maxAgeMs: 60_000, staleMs: 0, log: silentLog() };
    const keys = await openIssuerKeys({ url: base + path, ...options });
    t.after(keys.close);
    const asked = Promise.resolve(keys.find({ alg: 'ES256', kid: 'k' }, { payload: '', signature: '' }));
    await assert.rejects(asked, (error: MarqueeError) => error.code === 'AUTH_UNAVAILABLE', path);
  }
  assert.equal(target, 0);
});

/** As a browser asks that was told that a name of somebody else's is this machine. */
async function rawGet(url: string, host: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let heard = '';
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  socket.write(`GET /v1/rows/popular HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  await once(socket, 'close');
  return heard;
}
