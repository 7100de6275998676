import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import express, { type RequestHandler } from 'express';
import helmet from 'helmet';
import { constantHeaders } from '../../../infra/http/constant-headers.ts';
import { listen } from '../../../infra/http/listen.ts';

test('headers worked out once are those that the handler sets for every answer', async (t) => {
  const handler = helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } });
  const expected = await headersOf(t, handler);
  const found = await headersOf(t, constantHeaders(handler));
  assert.ok(expected['content-security-policy']?.includes("default-src 'self'"));
  assert.deepEqual({ ...found, date: '' }, { ...expected, date: '' });
});

async function headersOf(t: TestContext, handler: RequestHandler): Promise<Record<string, string>> {
  const app = express();
  app.disable('x-powered-by');
  app.use(handler);
  app.get('/', (_request, response) => void response.end('x'));
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  t.after(server.close);
  const answer = await fetch(server.url);
  await answer.text();
  return Object.fromEntries(answer.headers);
}

test('a handler that has to wait is refused', () => {
  assert.throws(() => constantHeaders(() => undefined), RangeError);
});
