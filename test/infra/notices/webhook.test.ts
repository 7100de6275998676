import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { isMarqueeError, type ErrorCode } from '../../../domain/errors.ts';
import { region } from '../../../domain/ids.ts';
import { draftNotice, type Notice } from '../../../domain/notices/notice.ts';
import { viewName, viewVersion } from '../../../domain/views.ts';
import { isSignedWith } from '../../../infra/notices/signature.ts';
import { createWebhook, type WebhookSettings } from '../../../infra/notices/webhook.ts';

const SECRETS = [
  'whsec_bWFycXVlZS1pcy10ZXN0aW5nLWl0cy13ZWJob29rcw==',
  'whsec_dGhlLXNlY3JldC1hZnRlci10aGUtb25lLWJlZm9yZQ==',
];
const settings: WebhookSettings = { secrets: SECRETS, timeoutMs: 5000, details: false };
const NOW = Date.parse('2026-02-03T04:05:06.700Z');

interface Posted {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let server: Server;
let posted: Posted[] = [];
let answer: (response: ServerResponse) => void;
const address = (): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/s3cr3t?token=x`;

before(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      posted.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      answer(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => void (posted = []));
after(() => {
  server.closeAllConnections();
  server.close();
});

const notice: Notice = {
  ...draftNotice({
    ...{ kind: 'failed', region: region('eu'), view: viewName('clusters'), version: viewVersion(7) },
    ...{ rule: 'failed', reason: 'connect ECONNREFUSED 10.0.0.9:8333', unique: 7 },
  }),
  at: '2026-02-03T04:05:06.000Z',
};

const send = (change: Partial<WebhookSettings> = {}) =>
  createWebhook(address(), { ...settings, ...change }, () => NOW).send(notice);
const code = (wanted: ErrorCode) => (error: unknown) => {
  assert.ok(isMarqueeError(error, wanted), String(error));
  // Paths and queries of webhooks are secrets.
  assert.ok(!error.message.includes('s3cr3t') && !error.message.includes('token'), error.message);
  return true;
};
const status = (wanted: number, headers: Record<string, string> = {}) => {
  answer = (response) => response.writeHead(wanted, headers).end('no');
};

test('a notice is posted with its id, the time of the try and a signature by each secret', async () => {
  status(204);
  await send();
  const [{ headers, body }] = posted as [Posted];
  const id = String(headers['webhook-id']);
  const timestampS = Number(headers['webhook-timestamp']);
  assert.deepEqual([id, timestampS, headers['content-type']], [notice.id, 1770091506, 'application/json']);
  const signatures = String(headers['webhook-signature']);
  for (const secret of SECRETS) assert.ok(isSignedWith(secret, { id, timestampS, body }, signatures));
  for (const forged of [
    { id: 'x', timestampS, body },
    { id, timestampS: timestampS + 1, body },
    { id, timestampS, body: `${body} ` },
  ])
    assert.ok(!isSignedWith(SECRETS[0]!, forged, signatures));
  const sent = JSON.parse(body) as { kind: string; version: number; reason: string; summary: string };
  assert.deepEqual([sent.kind, sent.version, sent.reason], ['failed', 7, 'connect ECONNREFUSED [address]']);
  assert.ok(!body.includes('10.0.0.9'));
});

test('the signature is the one of the published specification', () => {
  // The example of Standard Webhooks 1.0.0.
  const parts = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestampS: 1614265330, body: '{"test": 2432232314}' };
  const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
  assert.ok(isSignedWith('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', parts, signature));
});

for (const failing of [500, 503, 429, 404])
  test(`an answer with status ${failing} may be another the next time`, async () => {
    status(failing);
    await assert.rejects(send(), code('WEBHOOK_UNAVAILABLE'));
  });

test('a redirect is not followed, and not tried again', async () => {
  status(307, { location: '/elsewhere' });
  await assert.rejects(send(), code('WEBHOOK_REFUSED'));
  assert.equal(posted.length, 1);
});

test('a receiver that is gone for good is not tried again', async () => {
  status(410);
  await assert.rejects(send(), code('WEBHOOK_REFUSED'));
});

test('an answer that never comes is given up by a clock of its own', async () => {
  answer = () => undefined;
  await assert.rejects(send({ timeoutMs: 50 }), code('WEBHOOK_UNAVAILABLE'));
});

test('an answer whose body never ends is an answer', async () => {
  answer = (response) => void response.writeHead(200).write('and');
  await send();
});

test('a connection that is cut, and a port where nobody listens, may be there the next time', async () => {
  answer = (response) => response.destroy();
  await assert.rejects(send(), code('WEBHOOK_UNAVAILABLE'));
  const nobody = createWebhook('http://127.0.0.1:9/hooks/s3cr3t?token=x', settings);
  await assert.rejects(nobody.send(notice), code('WEBHOOK_UNAVAILABLE'));
});

test('webhooks are told apart by names that do not give their addresses away', () => {
  const [one, other] = ['a', 'b'].map(
    (path) => createWebhook(`https://hooks.example.com/${path}`, settings).name,
  );
  assert.notEqual(one, other);
  assert.match(one ?? '', /^hooks\.example\.com#[0-9a-f]{8}$/);
});
