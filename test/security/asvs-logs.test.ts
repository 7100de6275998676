/** OWASP ASVS 5.0.0 on logs and failures; docs/security.md lists what each test proves. */
import assert from 'node:assert/strict';
import express from 'express';
import { statSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createGate, UNLIMITED } from '../../infra/http/auth/gate.ts';
import { recordChanges } from '../../infra/http/auth/record-changes.ts';
import { createAccessRules } from '../../infra/http/auth/rules.ts';
import { errorHandler } from '../../infra/http/errors.ts';
import { listen } from '../../infra/http/listen.ts';
import { createOperatorLog, type OperatorLog } from '../../infra/http/operator-log.ts';
import { createLog, type Log } from '../../infra/log.ts';
import { until } from '../support/until.ts';
import { bearing, openSecured, PROFILE, type Secured } from './world.ts';

const RULES = createAccessRules([
  { path: '/v1/profiles/:profile/*', methods: ['GET'], needs: 'rows:read' },
  { path: '/v1/ops/*', methods: ['GET'], needs: 'ops:read' },
  { path: '/v1/ops/*', methods: ['POST'], needs: 'ops:write' },
]);

interface Small {
  readonly secured: Secured;
  readonly lines: Record<string, unknown>[];
  ask(path: string, init?: RequestInit): Promise<Response>;
}

/** A gate with routes that do little, or fail. */
async function openSmall(t: TestContext, operatorLog?: OperatorLog): Promise<Small> {
  const secured = await openSecured(t);
  const lines: Record<string, unknown>[] = [];
  const keep = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const log: Log = createLog({ name: 'serving', level: 'debug', destination: { write: keep } });
  const app = express();
  const record = (operatorLog ?? secured.serving.operatorLog).record;
  const onAdmitted = recordChanges(record, secured.access, log);
  app.use(createGate({ access: secured.access, rules: RULES, limits: UNLIMITED, onAdmitted }).handler);
  app.get('/v1/profiles/:id/broken', () => {
    throw new Error(`SELECT secret FROM inside WHERE password='hunter2'`);
  });
  app.post('/v1/ops/:verb', (_request, response) => void response.json({ done: true }));
  app.use(errorHandler(log));
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  t.after(server.close);
  return { secured, lines, ask: (path, init) => fetch(server.url + path, init) };
}
const refusals = ({ secured }: Small): Record<string, unknown>[] =>
  secured.lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ event }) => event === 'refused');

test('ASVS v5.0.0-16.2.1 a refusal is logged with when, where from, who, what and why', async (t) => {
  const small = await openSmall(t);
  await small.ask('/v1/ops/backfills', bearing(await small.secured.key('rows:read')));
  const [line] = refusals(small);
  assert.match(String(line?.['caller']), /^key:[0-9a-f]{16}$/);
  assert.deepEqual(
    [line?.['code'], line?.['method'], line?.['path'], line?.['address']],
    ['SCOPE_MISSING', 'GET', '/v1/ops/*', '127.0.0.1'],
  );
});

test('ASVS v5.0.0-16.2.2 times are UTC, in the logs and in the operators’ log', async (t) => {
  const small = await openSmall(t);
  await small.ask('/v1/ops/x', { method: 'POST', ...bearing(await small.secured.key('ops:write')) });
  await small.ask('/v1/ops/x');
  const utc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
  for (const { time } of refusals(small)) assert.match(String(time), utc);
  for (const { at } of small.secured.operatorLines()) assert.match(String(at), utc);
});

test('ASVS v5.0.0-16.2.5 neither credentials nor profile ids are in any line', async (t) => {
  const small = await openSmall(t);
  const token = await small.secured.issuer.token({ profile_id: 'profile-of-ada', sub: 'profile-of-ada' });
  await small.ask('/v1/profiles/profile-of-eve/home', bearing(token));
  await small.ask('/v1/profiles/profile-of-ada/broken', bearing(token));
  await small.ask('/v1/ops/x', bearing(`${token}x`));
  const all = [...small.secured.lines, ...small.lines.map((line) => JSON.stringify(line))].join('\n');
  assert.ok(refusals(small).length >= 2 && small.lines.length >= 1);
  for (const secret of [token, 'profile-of-ada', 'profile-of-eve']) assert.ok(!all.includes(secret), secret);
});

test('ASVS v5.0.0-16.3.1 credentials that are refused are logged, and not without end', async (t) => {
  const small = await openSmall(t);
  for (let i = 0; i < 40; i += 1) await small.ask('/v1/ops/x', bearing(`guess-${i}`));
  const said = refusals(small);
  assert.ok(said.length >= 10 && said.length <= 25, `${said.length} lines`);
  assert.equal(said[0]?.['code'], 'AUTH_INVALID');
});

test('ASVS v5.0.0-16.3.2 a denied profile and a denied operation are logged', async (t) => {
  const small = await openSmall(t);
  await small.ask('/v1/profiles/other/home', bearing(await small.secured.issuer.token()));
  await small.ask('/v1/ops/x', { method: 'POST', ...bearing(await small.secured.key('ops:read')) });
  assert.deepEqual(
    refusals(small).map(({ code }) => code),
    ['PROFILE_DENIED', 'SCOPE_MISSING'],
  );
});

test('ASVS v5.0.0-16.3.3 what operators change is recorded before it is done and when it has ended', async (t) => {
  const small = await openSmall(t);
  const key = await small.secured.key('ops:write');
  await small.ask('/v1/ops/cancel?x=1', { method: 'POST', ...bearing(key) });
  await until(() => small.secured.operatorLines().length === 2);
  const [begun, ended] = small.secured.operatorLines();
  assert.deepEqual([begun?.['state'], ended?.['state'], ended?.['outcome']], ['begun', 'ended', 200]);
  assert.equal(begun?.['action'], ended?.['action']);
  assert.equal(begun?.['what'], 'POST /v1/ops/cancel');
  assert.equal(begun?.['who'], `key:${key.slice(3, 19)}`);
  const away = { record: () => Promise.reject(new Error('disk full')) };
  const unrecorded = await openSmall(t, away);
  const refused = await unrecorded.ask('/v1/ops/cancel', {
    method: 'POST',
    ...bearing(await unrecorded.secured.key('ops:write')),
  });
  assert.equal(refused.status, 500, 'what cannot be recorded is not done');
});

test('ASVS v5.0.0-16.4.1 no text of a caller makes a line of its own', async (t) => {
  const small = await openSmall(t);
  const key = await small.secured.key('ops:write');
  await small.ask('/v1/ops/a%0a%7b%22who%22%3a%22nobody%22%7d', { method: 'POST', ...bearing(key) });
  await until(() => small.secured.operatorLines().length === 2);
  assert.ok(small.secured.operatorLines().every(({ who }) => who === `key:${key.slice(3, 19)}`));
  const before = small.secured.lines.length;
  await small.ask('/v1/ops/x', { headers: { authorization: 'Bearer a\tb', 'user-agent': 'x"}' } });
  assert.equal(small.secured.lines.length, before + 1);
});

test('ASVS v5.0.0-16.4.2 the operators’ log is only added to, by its owner', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'marquee-operators-')), 'deep', 'actions.ndjson');
  const entry = { action: '1', state: 'begun', who: 'key:1', from: 'command line', what: 'x' } as const;
  await createOperatorLog(path).record(entry);
  await Promise.all(
    Array.from({ length: 50 }, (_, i) => createOperatorLog(path).record({ ...entry, action: `${i}` })),
  );
  const { size, mode } = statSync(path);
  assert.equal(mode & 0o777, 0o600);
  const { readFileSync } = await import('node:fs');
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  assert.ok(size > 0 && lines.length === 51);
  for (const line of lines) JSON.parse(line);
});

test('ASVS v5.0.0-16.5.1 a failure says nothing of its inside to the caller', async (t) => {
  const small = await openSmall(t);
  const response = await small.ask(
    `/v1/profiles/${PROFILE}/broken`,
    bearing(await small.secured.issuer.token()),
  );
  const text = await response.text();
  assert.equal(response.status, 500);
  assert.doesNotMatch(text, /SELECT|hunter2|\.ts|at |node:/);
  assert.match(text, /INTERNAL/);
});

test('ASVS v5.0.0-16.5.4 what nobody foresaw is caught last, logged, and the next request is answered', async (t) => {
  const small = await openSmall(t);
  const token = await small.secured.issuer.token();
  for (let i = 0; i < 2; i += 1)
    assert.equal((await small.ask(`/v1/profiles/${PROFILE}/broken`, bearing(token))).status, 500);
  const failures = small.lines.filter(({ level }) => level === 'error');
  assert.equal(failures.length, 2);
  assert.match(
    JSON.stringify(failures[0]),
    /asvs-logs\.test\.ts/,
    'with the stack, where only operators read it',
  );
});
