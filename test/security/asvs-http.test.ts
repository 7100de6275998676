/** OWASP ASVS 5.0.0 on what comes over HTTP and what goes back; docs/security.md lists what each test proves. */
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { connect } from 'node:net';
import { once } from 'node:events';
import { after, before, describe, test, type TestContext } from 'node:test';
import { addressOf } from '../../infra/http/auth/address.ts';
import { startWorld } from '../contract/world.ts';
import { routesOf } from '../support/express-routes.ts';
import { event, openIngest, type TestIngest } from '../support/ingest.ts';
import type { ServingBench } from '../support/serving.ts';
import { bearing, openSecured, PROFILE, type Secured } from './world.ts';

const PATHS = [
  '/v1/rows/popular',
  `/v1/profiles/${PROFILE}/impressions`,
  '/v1/titles/50/counts',
  '/v1/rows/none',
  '/livez',
];

describe('behind the gate', () => {
  let secured: Secured;
  let world: ServingBench;
  let ingest: TestIngest;
  let all: string;
  const closers: (() => unknown)[] = [];
  before(async () => {
    // One world for all of them; what tests of their own would close is closed at the end.
    const context = { after: (close: () => unknown) => void closers.push(close) } as unknown as TestContext;
    secured = await openSecured(context);
    world = await startWorld(context, { access: secured.serving });
    ingest = await openIngest({ maxBodyBytes: 100_000 }, {}, {}, { admission: secured });
    closers.push(ingest.close);
    all = await secured.key('rows:read', 'events:write', 'ops:read', 'ops:write');
  });
  after(async () => {
    for (const close of closers.reverse()) await close();
  });
  const get = (path: string): Promise<Response> => world.fetch(path, bearing(all));
  const raw = async (text: string): Promise<string> => {
    const socket = connect(Number(new URL(world.url()).port), '127.0.0.1');
    let heard = '';
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    socket.on('error', () => undefined);
    socket.write(text);
    await once(socket, 'close', { signal: AbortSignal.timeout(15_000) });
    return heard;
  };

  test('ASVS v5.0.0-1.2.3 what comes back of a hostile text is JSON, and never a page', async () => {
    const hostile = encodeURIComponent('"},<script>alert(1)</script>\u2028{"');
    for (const path of [
      `/v1/titles/${hostile}/counts`,
      `/v1/profiles/${hostile}/impressions`,
      `/v1/${hostile}`,
    ]) {
      const response = await get(path);
      assert.match(String(response.headers.get('content-type')), /^application\/(problem\+)?json/);
      JSON.parse(await response.text());
    }
  });

  test('ASVS v5.0.0-2.2.1 parameters are held to patterns and ranges', async () => {
    for (const query of [
      'limit=0',
      'limit=01x',
      'limit=1%00',
      'country=de',
      'country=DEU',
      'country[]=DE',
      'country=',
    ])
      assert.equal((await get(`/v1/rows/popular?${query}`)).status, 400, query);
    assert.equal((await get(`/v1/titles/${'x'.repeat(129)}/counts`)).status, 400);
  });

  test('ASVS v5.0.0-2.4.1 a device that asks without pause is told to wait', async () => {
    const token = await secured.issuer.token({ sub: 'eager' });
    const limit = secured.limits.profileRequestsPerMinute;
    assert.ok(limit > 0 && limit <= 1000);
    for (let i = 0; i < limit; i += 1) secured.access.buckets.take('token:eager', limit);
    const response = await world.fetch('/v1/rows/popular', bearing(token));
    assert.equal(response.status, 429);
    assert.ok(Number(response.headers.get('retry-after')) > 0);
  });

  test('ASVS v5.0.0-3.4.2 no page of another origin may read an answer', async () => {
    const { headers } = bearing(all) as { headers: Record<string, string> };
    for (const origin of ['https://evil.example', 'null']) {
      const response = await world.fetch('/v1/rows/popular', { headers: { ...headers, origin } });
      assert.equal(response.headers.get('access-control-allow-origin'), null);
    }
  });

  test('ASVS v5.0.0-3.4.3 a content security policy goes with every answer, errors as well', async () => {
    for (const path of PATHS)
      assert.match(
        String((await get(path)).headers.get('content-security-policy')),
        /default-src 'self'/,
        path,
      );
    assert.match(
      String((await fetch(`${ingest.url}/livez`)).headers.get('content-security-policy')),
      /default-src/,
    );
  });

  test('ASVS v5.0.0-3.4.4 no browser is to guess the type of an answer', async () => {
    for (const path of PATHS)
      assert.equal((await get(path)).headers.get('x-content-type-options'), 'nosniff', path);
  });

  test('ASVS v5.0.0-3.4.5 no address of ours is passed on as a referrer', async () => {
    for (const path of PATHS)
      assert.equal((await get(path)).headers.get('referrer-policy'), 'no-referrer', path);
  });

  test('ASVS v5.0.0-3.4.6 no other site may frame an answer', async () => {
    for (const path of PATHS)
      assert.match(
        String((await get(path)).headers.get('content-security-policy')),
        /frame-ancestors 'self'/,
        path,
      );
  });

  test('ASVS v5.0.0-3.5.3 nothing is changed by a method that is safe', () => {
    const changing = routesOf(world.app(), world.opsApp()).filter((route) => /approve|cancel/.test(route));
    assert.ok(changing.length >= 2 && changing.every((route) => route.startsWith('post ')), changing.join());
  });

  test('ASVS v5.0.0-4.1.1 every answer says what it is, and in which characters', async () => {
    for (const path of [...PATHS, '/openapi.json', '/docs/'])
      assert.match(String((await get(path)).headers.get('content-type')), /; charset=utf-8$/i, path);
  });

  test('ASVS v5.0.0-4.1.3 whom a request comes from is not taken from a header that anybody may send', () => {
    const socket = { remoteAddress: '203.0.113.7' } as never;
    const headers = { 'x-forwarded-for': '198.51.100.1, 192.0.2.9', 'x-real-ip': '198.51.100.1' };
    assert.equal(addressOf({ headers, socket }, 0), '203.0.113.7');
    assert.equal(addressOf({ headers, socket }, 1), '192.0.2.9', 'what the one trusted proxy saw');
    assert.equal(addressOf({ headers: {}, socket }, 2), '203.0.113.7');
    const subscriber = (remoteAddress: string): string =>
      addressOf({ headers: {}, socket: { remoteAddress } as never }, 0);
    assert.equal(
      subscriber('2001:db8:1:2::1'),
      subscriber('2001:db8:1:2:ffff::9'),
      'one subscriber has many',
    );
  });

  test('ASVS v5.0.0-4.1.4 methods that nobody made a route for do nothing', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'])
      assert.equal((await world.fetch('/v1/rows/popular', { method, ...bearing(all) })).status, 404, method);
  });

  test('ASVS v5.0.0-4.2.1 where a message ends is not open to two readings', async () => {
    const head = `POST /v1/ops/backfills HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${all}\r\n`;
    const smuggled = '0\r\n\r\nGET /v1/rows/popular HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n';
    for (const lengths of [
      'content-length: 6\r\ntransfer-encoding: chunked\r\n',
      'content-length: 6\r\ncontent-length: 7\r\n',
      'transfer-encoding: chunked, identity\r\n',
      'transfer-encoding : chunked\r\n',
    ]) {
      const heard = await raw(`${head}${lengths}\r\n${smuggled}`);
      assert.match(heard, /^HTTP\/1\.1 400 /, lengths);
      assert.equal(heard.match(/HTTP\/1\.1 /g)?.length, 1, 'one answer, and no second request');
    }
  });

  test('ASVS v5.0.0-5.2.1 a body larger than what can be handled is not read to its end', async () => {
    const response = await ingest.post('x'.repeat(200_000), { authorization: `Bearer ${all}` });
    assert.equal(response.status, 413);
  });

  test('ASVS v5.0.0-5.2.3 what is packed is bounded by what it unpacks to', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, 0x20));
    assert.ok(bomb.length < 100_000);
    const response = await ingest.post(bomb, { authorization: `Bearer ${all}`, 'content-encoding': 'gzip' });
    assert.equal(response.status, 413);
  });

  test('ASVS v5.0.0-8.2.1 every route asks for its scope, and no other scope will do', async () => {
    const watcher = bearing(await secured.key('ops:read'));
    const reader = bearing(await secured.key('rows:read'));
    for (const path of PATHS.slice(0, 3)) assert.equal((await world.fetch(path, watcher)).status, 403, path);
    for (const path of ['/v1/ops/backfills', '/v1/ops/parity', '/metrics'])
      assert.equal((await world.fetch(path, reader)).status, 403, path);
    const writes = await ingest.post(JSON.stringify(event()), {
      authorization: `Bearer ${await secured.key('rows:read')}`,
    });
    assert.equal(writes.status, 403);
    const unruled = await world.fetch('/v1/not-thought-of', bearing(all));
    assert.equal(unruled.status, 404);
  });

  test('ASVS v5.0.0-8.2.2 a profile’s data goes to credentials of that profile, or of a back end', async () => {
    const path = `/v1/profiles/${PROFILE}/impressions`;
    assert.equal((await world.fetch(path, bearing(await secured.issuer.token()))).status, 200);
    assert.equal(
      (await world.fetch(path, bearing(await secured.issuer.token({ profile_id: 'profile-2' })))).status,
      403,
    );
    assert.equal(
      (await world.fetch(path, bearing(await secured.issuer.token({ profile_id: undefined })))).status,
      403,
    );
    assert.equal(
      (await world.fetch(path, bearing(await secured.issuer.token({ profile_id: '*' })))).status,
      200,
    );
  });

  test('ASVS v5.0.0-13.4.4 TRACE is not supported', async () => {
    const heard = await raw(
      `TRACE /v1/rows/popular HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${all}\r\nconnection: close\r\n\r\n`,
    );
    assert.match(heard, /^HTTP\/1\.1 404 /);
    assert.ok(!heard.includes(all));
  });

  test('ASVS v5.0.0-13.4.5 documents and metrics are shown to nobody who does not say who they are', async () => {
    for (const path of ['/metrics', '/openapi.json', '/docs/']) {
      assert.equal((await world.fetch(path)).status, 401, path);
      assert.equal((await get(path)).status, 200, path);
    }
    assert.equal((await fetch(`${ingest.url}/metrics`)).status, 401);
    const inside = 'connect to 10.0.0.7:9092 failed';
    const checks = { kafka: () => Promise.reject(new Error(inside)) };
    const ailing = await openIngest({}, {}, checks, { admission: secured });
    closers.push(ailing.close);
    const ready = await (await fetch(`${ailing.url}/readyz`)).text();
    assert.ok(ready.includes('"kafka":"failed"') && !ready.includes(inside), ready);
  });

  test('ASVS v5.0.0-13.4.6 no answer names the software behind it', async () => {
    for (const path of [...PATHS, '/nothing']) {
      const { headers } = await get(path);
      for (const name of ['server', 'x-powered-by', 'via'])
        assert.equal(headers.get(name), null, `${path} ${name}`);
    }
  });

  test('ASVS v5.0.0-14.2.1 credentials in an address are not accepted', async () => {
    for (const name of ['access_token', 'token', 'key', 'api_key', 'authorization'])
      assert.equal((await world.fetch(`/v1/rows/popular?${name}=${all}`)).status, 401, name);
  });

  test('ASVS v5.0.0-14.3.2 what is of a person, and every error, is kept by no cache', async () => {
    for (const path of [
      `/v1/profiles/${PROFILE}/impressions`,
      '/v1/titles/none-such/counts',
      '/v1/ops/backfills',
    ])
      assert.match(String((await get(path)).headers.get('cache-control')), /no-store/, path);
    assert.match(String((await world.fetch('/v1/rows/popular')).headers.get('cache-control')), /no-store/);
    assert.doesNotMatch(String((await get('/v1/rows/popular')).headers.get('cache-control')), /public/);
  });

  test('ASVS v5.0.0-15.3.6 names that objects inherit are names like any other', async () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const title = await get(`/v1/titles/${name}/counts`);
      assert.ok([200, 404].includes(title.status), name);
      const unknown = await get(`/v1/rows/popular?${name}=1`);
      assert.deepEqual([unknown.status, ((await unknown.json()) as { field: unknown }).field], [400, name]);
      assert.equal((await get(`/v1/home?${name}[limit]=1&${name}=1`)).status, 200);
    }
    const body = `[{"__proto__":{"profileId":"x"},${JSON.stringify(event()).slice(1)}]`;
    await ingest.post(body, { authorization: `Bearer ${all}` });
    assert.equal(({} as Record<string, unknown>)['profileId'], undefined);
  });

  test('ASVS v5.0.0-15.3.7 a parameter that comes twice is refused, not chosen from', async () => {
    assert.equal((await get('/v1/rows/popular?limit=1&limit=9')).status, 400);
    assert.equal((await get('/v1/rows/popular?country=DE&country=US')).status, 400);
  });
});
