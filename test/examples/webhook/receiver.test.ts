import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, test } from 'node:test';
import { region } from '../../../domain/ids.ts';
import { draftNotice, type Notice } from '../../../domain/notices/notice.ts';
import { viewName } from '../../../domain/views.ts';
import { createReceiver, verify } from '../../../examples/webhook/receiver.ts';
import { signWebhook } from '../../../infra/notices/signature.ts';
import { createWebhook } from '../../../infra/notices/webhook.ts';

const SECRET = 'whsec_bWFycXVlZS1pcy10ZXN0aW5nLWl0cy13ZWJob29rcw==';
const OTHER = 'whsec_dGhlLXNlY3JldC1hZnRlci10aGUtb25lLWJlZm9yZQ==';
const NOW_S = 1_770_091_506;
const notice: Notice = {
  ...draftNotice({ kind: 'unpinned', region: region('eu'), view: viewName('clusters'), unique: 1 }),
  at: '2026-02-03T04:05:06.000Z',
};
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function receive(onNotice: (got: unknown) => void): Promise<string> {
  server = createReceiver(SECRET, onNotice, () => NOW_S * 1000);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
const hookTo = (address: string, secrets: readonly string[], atS = NOW_S) =>
  createWebhook(address, { secrets, timeoutMs: 5000, details: false }, () => atS * 1000);

test('a notice that comes twice is taken once, also while secrets change over', async () => {
  const got: unknown[] = [];
  const address = await receive((one) => got.push(one));
  await hookTo(address, [SECRET]).send(notice);
  await hookTo(address, [OTHER, SECRET]).send(notice);
  assert.deepEqual(got.length, 1);
  assert.equal((got[0] as { id: string }).id, notice.id);
});

test('a notice with another secret, or from long ago, is turned away', async () => {
  const got: unknown[] = [];
  const address = await receive((one) => got.push(one));
  await assert.rejects(hookTo(address, [OTHER]).send(notice), /status 401/);
  await assert.rejects(hookTo(address, [SECRET], NOW_S - 301).send(notice), /status 401/);
  await assert.rejects(hookTo(address, [SECRET], NOW_S + 301).send(notice), /status 401/);
  assert.deepEqual(got, []);
});

test('a notice that could not be worked on comes again', async () => {
  let failures = 1;
  const got: unknown[] = [];
  const address = await receive((one) => {
    if (failures-- > 0) throw new Error('disk full');
    got.push(one);
  });
  await assert.rejects(hookTo(address, [SECRET]).send(notice), /status 500/);
  await hookTo(address, [SECRET]).send(notice);
  assert.equal(got.length, 1);
});

test('no header of a signed notice can be another one', () => {
  const body = '{"a":1}';
  const signed = { id: 'n-1', timestampS: NOW_S, body };
  const headers = {
    'webhook-id': signed.id,
    'webhook-timestamp': String(signed.timestampS),
    'webhook-signature': signWebhook([SECRET], signed),
  };
  assert.deepEqual(verify(SECRET, headers, body, NOW_S), { id: 'n-1', notice: { a: 1 } });
  for (const forged of [
    { 'webhook-id': 'n-2' },
    { 'webhook-timestamp': String(NOW_S + 1) },
    { 'webhook-signature': '' },
    { 'webhook-signature': 'v1,' },
    { 'webhook-signature': headers['webhook-signature'].replace('v1', 'v2') },
  ])
    assert.throws(() => verify(SECRET, { ...headers, ...forged }, body, NOW_S), JSON.stringify(forged));
  assert.throws(() => verify(SECRET, headers, '{"a":2}', NOW_S));
});
