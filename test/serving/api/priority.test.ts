import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PRIORITIES } from '../../../infra/resilience/shed.ts';
import { priorityOf } from '../../../serving/api/priority.ts';

const of = (url: string, headers: Record<string, string> = {}) => priorityOf({ url, headers });

test('each path has its class', () => {
  const expected = {
    '/readyz': 'vital',
    '/metrics': 'vital',
    '/v1/profiles/p%2F1/home?country=DE': 'home',
    '/v1/home': 'home',
    '/v1/profiles/p/rows/top-picks': 'row',
    '/v1/rows/trending?window=1h': 'row',
    '/v1/titles/50/similar': 'row',
    '/v1/titles/50/counts': 'detail',
    '/v1/profiles/p/impressions': 'detail',
    '/v1/profiles/p/home/more': 'detail',
    '/docs/': 'detail',
    '/': 'detail',
  };
  for (const [url, priority] of Object.entries(expected)) assert.equal(of(url), priority, url);
});

test('a prefetch is one by header or parameter, whatever it asks for; a probe stays a probe', () => {
  const home = '/v1/profiles/p/home';
  assert.equal(of(home, { 'sec-purpose': 'prefetch;anonymous-client-ip' }), 'prefetch');
  assert.equal(of(home, { purpose: 'prefetch' }), 'prefetch');
  assert.equal(of(`${home}?rows=8&purpose=prefetch&limit=20`), 'prefetch');
  assert.equal(of(`${home}?purpose=prefetched`), 'home');
  assert.equal(of(`${home}?x=1&explain=true`), 'detail');
  assert.equal(of('/livez', { purpose: 'prefetch' }), 'vital');
});

test('whatever is sent has a class', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (url, purpose) => {
      assert.ok(PRIORITIES.includes(of(url, { purpose })));
    }),
  );
});
