import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { MarqueeError } from '../../../domain/errors.ts';
import { createQueryReader } from '../../../serving/api/query.ts';

const schema = z.object({ limit: z.string().regex(/^\d+$/).default('7').transform(Number) });
const asked = (url: string) => ({ url, query: Object.fromEntries(new URL(url, 'http://x').searchParams) });

test('a query is read the same the second time, and each as itself', () => {
  const read = createQueryReader(schema);
  for (let time = 0; time < 2; time++) {
    assert.deepEqual(read(asked('/v1/home?limit=3')), { limit: 3 });
    assert.deepEqual(read(asked('/v1/home?limit=4')), { limit: 4 });
    assert.deepEqual(read(asked('/v1/home')), { limit: 7 });
    assert.deepEqual(read(asked(`/v1/home?limit=5&more=${'x'.repeat(300)}`)), { limit: 5 });
  }
});

test('what does not fit is refused every time', () => {
  const read = createQueryReader(schema);
  for (let time = 0; time < 2; time++) assert.throws(() => read(asked('/v1/home?limit=many')), MarqueeError);
});

test('what is shared cannot be changed', () => {
  const found = createQueryReader(schema)(asked('/v1/home'));
  assert.throws(() => Object.assign(found, { limit: 9 }), TypeError);
});
