import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { recountedOf, touches } from '../../../batch/popularity/recounted.ts';
import { SPAN_DAYS, spanInName, spanName, spanOf, spansOf } from '../../../batch/popularity/spans.ts';
import { DAY_MS } from '../../../domain/time.ts';

const day = fc.integer({ min: 20_000, max: 20_400 });
const moment = fc.integer({ min: 20_000 * DAY_MS, max: 20_400 * DAY_MS });

test('four weeks that are over are one span, every other day is one, and each day is in the span it names', () => {
  const first = SPAN_DAYS * 741;
  const asOf = (first + SPAN_DAYS) * DAY_MS;
  assert.deepEqual(spanOf(first + 3, asOf), { fromDay: first, toDay: first + SPAN_DAYS });
  assert.equal(spanName(spanOf(first + 3, asOf)), 's741');
  assert.equal(spanName(spanOf(first + 3, asOf - 1)), `d${first + 3}`);
  fc.assert(
    fc.property(fc.array(day, { minLength: 1 }), moment, (days, at) => {
      const spans = spansOf(days, at);
      for (const of of days)
        assert.equal(spans.filter(({ fromDay, toDay }) => of >= fromDay && of < toDay).length, 1);
      for (const span of spans) assert.deepEqual(spanInName(`hours-${spanName(span)}`, 'hours'), span);
    }),
  );
});

test('a part of another table or of no span names none', () => {
  for (const name of ['hours', 'hours-settled', 'rows-d20750', 'hours-d', 'hours-d20750-extra'])
    assert.equal(spanInName(name, 'hours'), undefined, name);
});

test('what is counted anew is whole spans', () => {
  fc.assert(
    fc.property(fc.array(day, { maxLength: 5 }), moment, fc.array(day), (days, at, others) => {
      const recounted = recountedOf(days, at);
      for (const touched of days) assert.ok(touches(recounted, spanOf(touched, at)));
      for (const of of [...days, ...others]) {
        const span = spanOf(of, at);
        const inside = Array.from({ length: span.toDay - span.fromDay }, (_, i) =>
          recounted.includes(span.fromDay + i),
        );
        assert.deepEqual(new Set(inside), new Set([touches(recounted, span)]));
      }
    }),
  );
});
