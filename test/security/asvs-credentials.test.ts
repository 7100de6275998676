/** OWASP ASVS 5.0.0 on keys, tokens and what they allow; docs/security.md lists what each test proves. */
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import { exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose';
import { mayTouch, reachOf, scopesIn } from '../../domain/access.ts';
import type { ErrorCode, MarqueeError } from '../../domain/errors.ts';
import { createAuthenticate } from '../../infra/http/auth/authenticate.ts';
import { openIssuerKeys } from '../../infra/http/auth/issuer-keys.ts';
import { openKnownKeys } from '../../infra/keys/known-keys.ts';
import { makeKey } from '../../infra/keys/api-key.ts';
import { silentLog } from '../../infra/log.ts';
import { until } from '../support/until.ts';
import { ALGORITHM, AUDIENCE, callerBy, ISSUER, openSecured, PROFILE, works, type Secured } from './world.ts';

const refused = async (secured: Secured, token: string, code: ErrorCode, why?: string): Promise<void> => {
  await assert.rejects(callerBy(secured.access, token), (error: MarqueeError) => error.code === code, why);
};
const now = (): number => Math.floor(Date.now() / 1000);
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const tokens = (t: TestContext): Promise<Secured> => openSecured(t, { auth: { mode: 'jwt' } });

test('ASVS v5.0.0-6.3.1 guessing is slowed by address, also with credentials that are right', async (t) => {
  const secured = await openSecured(t, { auth: { failuresPerMinute: '3' } });
  const token = await secured.issuer.token();
  for (let i = 0; i < 3; i += 1) await refused(secured, makeKey().key, 'AUTH_INVALID');
  await refused(secured, token, 'RATE_LIMITED');
});

test('ASVS v5.0.0-8.3.2 a revoked key stops working without a restart, and cannot come back', async (t) => {
  const secured = await openSecured(t);
  const key = await secured.key('rows:read');
  const [told] = await secured.keys.list();
  await secured.keys.revoke(told!.id);
  await until(async () => !(await works(secured.access, key)));
  await refused(secured, key, 'AUTH_INVALID');
  const { key: late } = await secured.keys.create({
    ...{ scopes: ['rows:read'], profile: null, name: null },
    expiresAt: Date.now() + 400,
  });
  await until(() => works(secured.access, late));
  await until(async () => !(await works(secured.access, late)));
});

test('ASVS v5.0.0-9.1.1 a token that was changed anywhere, or signed by another, is refused', async (t) => {
  const secured = await tokens(t);
  const token = await secured.issuer.token();
  const caller = await callerBy(secured.access, token);
  assert.deepEqual(caller.profiles, { reach: 'one', profile: PROFILE });
  const [header, payload, signature] = token.split('.') as [string, string, string];
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  await refused(secured, [header, part({ ...claims, profile_id: '*' }), signature].join('.'), 'AUTH_INVALID');
  await refused(secured, [header, payload, ''].join('.'), 'AUTH_INVALID');
  await refused(secured, [header, payload, `${signature.slice(0, -4)}AAAA`].join('.'), 'AUTH_INVALID');
  const stranger = await generateKeyPair(ALGORITHM);
  await refused(secured, await secured.issuer.token({}, {}, stranger.privateKey), 'AUTH_INVALID');
});

test('ASVS v5.0.0-9.1.2 no token is unsigned, and no public key passes for a shared secret', async (t) => {
  const secured = await tokens(t);
  const [, payload] = (await secured.issuer.token()).split('.') as [string, string];
  for (const alg of ['none', 'None', 'NONE'])
    await refused(secured, `${part({ alg, typ: 'at+jwt' })}.${payload}.`, 'AUTH_INVALID', alg);
  const jwks = (await (await fetch(secured.issuer.jwksUrl)).json()) as {
    keys: Parameters<typeof importJWK>[0][];
  };
  const published = await exportSPKI((await importJWK(jwks.keys[0]!, ALGORITHM)) as never);
  const forged = await new SignJWT({ sub: 'x' })
    .setProtectedHeader({ alg: 'HS256', kid: 'k1', typ: 'at+jwt' })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(published));
  await refused(secured, forged, 'AUTH_INVALID');
  const narrow = await openSecured(t, { auth: { mode: 'jwt', algorithms: 'RS256,PS256' } });
  await refused(narrow, await narrow.issuer.token(), 'AUTH_INVALID', 'what is signed well, but otherwise');
});

test('ASVS v5.0.0-9.1.3 a token brings no key of its own: jwk, jku, x5u and x5c are not looked at', async (t) => {
  const secured = await tokens(t);
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = stranger.publicKey.export({ format: 'jwk' });
  const { privateKey } = await generateKeyPair(ALGORITHM);
  const url = 'https://evil.example/';
  for (const header of [{ jwk }, { jku: url }, { x5u: url }, { x5c: ['AA=='] }, { kid: 'k2', jwk }])
    await refused(secured, await secured.issuer.token({}, header, privateKey), 'AUTH_INVALID');
});

test('ASVS v5.0.0-9.2.1 a token counts from nbf to exp, and not without an end', async (t) => {
  const secured = await openSecured(t, { auth: { mode: 'jwt', clockToleranceMs: '0' } });
  const { issuer } = secured;
  await refused(secured, await issuer.token({ exp: now() - 1 }), 'AUTH_INVALID');
  await refused(secured, await issuer.token({ nbf: now() + 60 }), 'AUTH_INVALID');
  await refused(secured, await issuer.token({ exp: undefined } as never), 'AUTH_INVALID');
  const short = await issuer.token({ exp: now() + 2 });
  assert.ok(await works(secured.access, short));
  await sleep(2100);
  assert.ok(!(await works(secured.access, short)), 'what was verified once is not remembered past its end');
});

test('ASVS v5.0.0-9.2.2 an ID token is no access token', async (t) => {
  const secured = await tokens(t);
  for (const typ of ['JWT', 'id+jwt', undefined])
    await refused(secured, await secured.issuer.token({}, { typ }), 'AUTH_INVALID', typ);
});

test('ASVS v5.0.0-9.2.3 a token for another service, or of another issuer, is refused', async (t) => {
  const secured = await tokens(t);
  for (const aud of ['billing', ['billing'], 'MARQUEE', ''])
    await refused(secured, await secured.issuer.token({ aud }), 'AUTH_INVALID');
  for (const iss of ['https://issuer.test', 'https://evil.example/', `${ISSUER}x`])
    await refused(secured, await secured.issuer.token({ iss }), 'AUTH_INVALID');
  assert.ok(await works(secured.access, await secured.issuer.token({ aud: ['billing', AUDIENCE] })));
});

test('ASVS v5.0.0-10.3.2 scopes and profile of a token decide, and what is unknown or missing grants nothing', async (t) => {
  const secured = await tokens(t);
  const given = async (claims: Record<string, unknown>) =>
    callerBy(secured.access, await secured.issuer.token(claims));
  const odd = await given({ scope: 'admin rows:READ rows:*  events:write', profile_id: undefined });
  assert.deepEqual([[...odd.scopes], odd.profiles], [['events:write'], { reach: 'none' }]);
  for (const profile of [['*'], { id: '*' }, 1, true, '', null])
    assert.deepEqual((await given({ profile_id: profile })).profiles, { reach: 'none' });
  assert.deepEqual([...scopesIn({ 'rows:read': true })], []);
  assert.ok(!mayTouch({ profiles: reachOf('p-1') }, 'p-10') && mayTouch({ profiles: reachOf('*') }, 'p-10'));
});

test('ASVS v5.0.0-10.3.3 a caller is known by sub, not by a name or an address that may change hands', async (t) => {
  const secured = await tokens(t);
  const caller = await callerBy(
    secured.access,
    await secured.issuer.token({ sub: 's-1', email: 'a@b.example', preferred_username: 'root' }),
  );
  assert.equal(caller.id, 'token:s-1');
  await refused(secured, await secured.issuer.token({ sub: undefined } as never), 'AUTH_INVALID');
});

test('ASVS v5.0.0-11.4.1 of a key only its SHA-256 is stored, and the hash is no key', async (t) => {
  const secured = await openSecured(t);
  const key = await secured.key('rows:read');
  const stored = readFileSync(secured.keysPath, 'utf8');
  const hash = createHash('sha256').update(key).digest('hex');
  assert.ok(stored.includes(hash) && !stored.includes(key) && !stored.includes(key.slice(20)));
  await refused(secured, hash, 'AUTH_INVALID');
});

test('ASVS v5.0.0-11.5.1 keys are 256 random bits, and none comes twice', () => {
  const keys = Array.from({ length: 500 }, () => makeKey().key);
  const secrets = keys.map((key) => Buffer.from(key.slice(20), 'base64url'));
  assert.ok(secrets.every((secret) => secret.length === 32));
  assert.equal(new Set(keys).size, keys.length);
  const ones = secrets.flatMap((secret) => [...secret]).reduce((sum, byte) => sum + bits(byte), 0);
  const share = ones / (secrets.length * 256);
  assert.ok(share > 0.48 && share < 0.52, `${share} of the bits are set`);
});
const bits = (byte: number): number => byte.toString(2).replaceAll('0', '').length;

test('ASVS v5.0.0-13.2.3 there is no key that came with the software', async (t) => {
  const secured = await openSecured(t, { auth: { mode: 'keys' } });
  assert.deepEqual(await secured.keys.list(), []);
  for (const guess of ['admin', 'marquee', 'changeme', `mq_${'0'.repeat(16)}_${'A'.repeat(43)}`])
    await refused(secured, guess, 'AUTH_INVALID');
  const nothing = createAuthenticate(undefined, undefined);
  assert.throws(() => nothing({ headers: { authorization: 'Bearer x' } }));
});

test('ASVS v5.0.0-16.5.2 while the issuer or the keys are away, who was known stays known for a while', async (t) => {
  const secured = await openSecured(t, { auth: { jwksMaxAgeMs: '1000' } });
  const [token, key] = [await secured.issuer.token({ sub: 'fresh' }), await secured.key('rows:read')];
  secured.issuer.isUp = false;
  writeFileSync(secured.keysPath, '{ torn');
  await until(() => secured.lines.some((line) => line.includes('keys could not be read')));
  assert.ok(await works(secured.access, key));
  assert.ok(await works(secured.access, token));
});

test('ASVS v5.0.0-16.5.3 where credentials cannot be checked nobody is let in', async (t) => {
  const clock = { now: 0 };
  const store = {
    place: 'here',
    isUp: false,
    read: () => (store.isUp ? Promise.resolve([]) : Promise.reject(new Error('away'))),
    change: () => Promise.reject(new Error('away')),
  };
  const options = { reloadMs: 60_000, log: silentLog() };
  const keys = await openKnownKeys({ ...options, store, maxAgeMs: 1000, now: () => clock.now });
  t.after(keys.close);
  const unavailable = (error: MarqueeError): boolean => error.code === 'AUTH_UNAVAILABLE';
  assert.throws(() => keys.callerOf(makeKey().key), unavailable);
  store.isUp = true;
  await keys.reload();
  assert.throws(
    () => keys.callerOf(makeKey().key),
    (error: MarqueeError) => error.code === 'AUTH_INVALID',
  );
  clock.now = 1001;
  assert.throws(
    () => keys.callerOf(makeKey().key),
    unavailable,
    'what was read too long ago is not believed',
  );
  const silent = await openIssuerKeys({
    ...{ url: 'http://127.0.0.1:1/', timeoutMs: 200, maxAgeMs: 1000, staleMs: 0, log: silentLog() },
  });
  t.after(silent.close);
  await assert.rejects(
    Promise.resolve(silent.find({ alg: ALGORITHM }, { payload: '', signature: '' })),
    unavailable,
  );
});
