/** Pages and rows that go past Express (serving/hot-path.ts) ask for the same credentials, and refuse in the same words. */
import assert from 'node:assert/strict';
import { get, type IncomingHttpHeaders } from 'node:http';
import { test, type TestContext } from 'node:test';
import { startWorld } from '../contract/world.ts';
import { openSecured, PROFILE, type SecuredOptions } from './world.ts';

interface Told {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly code: unknown;
}

/** Without `accept-encoding`, which `fetch` always sends and which leads through Express. */
const ask = (url: string, token?: string): Promise<Told> =>
  new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    get(url, { agent: false, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.once('end', () => {
        const { date: _, 'content-length': __, 'marquee-source': ___, ...rest } = response.headers;
        const { code } = JSON.parse(body) as { code?: unknown };
        resolve({ status: response.statusCode, headers: rest, code });
      });
    }).once('error', reject);
  });

async function open(t: TestContext, options?: SecuredOptions) {
  const secured = await openSecured(t, options);
  const world = await startWorld(t, { access: secured.serving });
  return { secured, url: (path: string) => `${world.url()}${path}` };
}

const OWN = [`/v1/profiles/${PROFILE}/home`, `/v1/profiles/${PROFILE}/rows/popular?limit=3`];
/** A path that ends in a slash is read by Express. */
const longWay = (path: string): string => path.replace(/(\?|$)/, '/$1');

test('API1:2023 API5:2023 both ways let in the same callers', async (t) => {
  const { secured, url } = await open(t);
  const { issuer } = secured;
  const callers: readonly (readonly [name: string, status: number, code: unknown, token?: string])[] = [
    ['nobody', 401, 'AUTH_REQUIRED'],
    ['garbage', 401, 'AUTH_INVALID', 'mk_garbage'],
    [
      'of yesterday',
      401,
      'AUTH_INVALID',
      await issuer.token({ exp: Math.floor(Date.now() / 1000) - 86_400 }),
    ],
    ['of another scope', 403, 'SCOPE_MISSING', await secured.key('events:write')],
    ['of another profile', 403, 'PROFILE_DENIED', await issuer.token({ profile_id: 'somebody-else' })],
    ['of no profile', 403, 'PROFILE_DENIED', await issuer.token({ profile_id: undefined })],
    ['of the profile', 200, undefined, await issuer.token()],
    ['a back end', 200, undefined, await secured.key('rows:read')],
  ];
  for (const path of OWN)
    for (const [name, status, code, token] of callers) {
      const short = await ask(url(path), token);
      assert.deepEqual([short.status, short.code], [status, code], `${path}, ${name}`);
      assert.deepEqual(short, await ask(url(longWay(path)), token), `${path}, ${name}`);
    }
});

test('API4:2023 both ways count against the same limit of a caller', async (t) => {
  const { secured, url } = await open(t, {
    limits: { requestsPerMinute: '6', profileRequestsPerMinute: '6' },
  });
  const token = await secured.issuer.token({ sub: 'eager' });
  const statuses: (number | undefined)[] = [];
  for (let i = 0; i < 8; i++) {
    const path = OWN[i % 2]!;
    statuses.push((await ask(url(i % 4 < 2 ? path : longWay(path)), token)).status);
  }
  assert.deepEqual(statuses, [200, 200, 200, 200, 200, 200, 429, 429]);
  const short = await ask(url(OWN[0]!), token);
  assert.deepEqual([short.status, short.code], [429, 'RATE_LIMITED']);
  assert.ok(Number(short.headers['retry-after']) > 0);
});
