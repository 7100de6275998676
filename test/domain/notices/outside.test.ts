import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { region } from '../../../domain/ids.ts';
import { draftNotice, type Notice } from '../../../domain/notices/notice.ts';
import { forOutside, scrub } from '../../../domain/notices/outside.ts';
import { viewName, viewVersion } from '../../../domain/views.ts';

const PRIVATE = [
  'http://store.example:8333/eu/x?key=secret',
  's3://warehouse/eu/plays',
  '10.20.30.40:9092',
  '127.0.0.1',
  'broker-1.kafka.internal.example.com',
  'minio:9000',
  '[fe80:0:0:1::2]:80',
  '/var/lib/marquee/worker/12/try-x',
  'C:\\data\\worker\\x',
  'jo@example.com',
] as const;

const noticeOf = (reason: string | null): Notice => ({
  ...draftNotice({
    ...{ kind: 'laggards', region: region('eu'), view: viewName('clusters'), served: viewVersion(4) },
    ...{ rule: 'failed', reason, subscribers: ['host-7:123', 'host-8:99'], unique: 1 },
  }),
  at: '2026-02-03T04:05:06.000Z',
});

test('no address, host or path of a reason leaves the house, wherever in it they stand', () => {
  const words = fc.array(fc.constantFrom('connect', 'ECONNREFUSED', 'of', 'part totals', '12 rows'), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(words, fc.constantFrom(...PRIVATE), words, (before, secret, after) => {
      const text = [...before, secret, ...after].join(' ');
      const sent = JSON.stringify(forOutside(noticeOf(text), false));
      assert.ok(!sent.includes(JSON.stringify(secret).slice(1, -1)), sent);
      assert.ok(!sent.includes('host-7'), sent);
    }),
  );
});

test('what rules say stays as it is', () => {
  for (const text of [
    'part totals has 0 rows, expected at least 1',
    '120 of 240 rows of part rows (50.0 %) are gone, at most 10.0 % may be',
    'part totals has 3 duplicate keys; part recent has 1 null keys',
  ])
    assert.equal(scrub(text), text);
});

test('laggards are counted where they are not named', () => {
  const bare = forOutside(noticeOf(null), false);
  assert.deepEqual([bare.subscribers, bare.subscriberCount], [[], 2]);
  const whole = forOutside(noticeOf('at 10.0.0.1'), true);
  assert.deepEqual([whole.subscribers.length, whole.reason], [2, 'at 10.0.0.1']);
});

test('a reason is not endless', () => {
  assert.ok(scrub('word '.repeat(1000)).length <= 500);
});
