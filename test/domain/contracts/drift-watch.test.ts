import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDriftWatch, type DriftWatch } from '../../../domain/contracts/drift-watch.ts';
import { always, bookOf, inShort, recordsOf } from '../../support/drift.ts';

const CONTRACT = bookOf({ kinds: { impression: { required: ['producer', 'pageId'] } } });

/** So many events from a time on, one a millisecond. */
function send(
  watch: DriftWatch,
  from: number,
  events: number,
  attributes: Record<string, (i: number) => unknown>,
): void {
  for (const [i, record] of recordsOf([{ producer: 'tv', events, attributes }]).entries())
    watch.add({ ...record, appendTime: from + i });
}
const told = (watch: DriftWatch): string[] => watch.report(CONTRACT).findings.map(inShort);

test('a fault is told while it lasts and for two panes at most, and then forgotten', () => {
  const watch = createDriftWatch({ paneMs: 1000 });
  assert.deepEqual(told(watch), []);
  send(watch, 5000, 900, { pageId: always('home') });
  assert.deepEqual(told(watch), []);
  send(watch, 6000, 500, {});
  assert.deepEqual(told(watch), ['missing-by-mistake - impression.pageId 900/1400']);
  send(watch, 7000, 500, { pageId: always('home') });
  assert.deepEqual(told(watch), ['missing-by-mistake - impression.pageId 500/1000']);
  send(watch, 8000, 500, { pageId: always('home') });
  assert.deepEqual(told(watch), []);
});

test('after a silence of a pane and more, what was before it is not judged', () => {
  const watch = createDriftWatch({ paneMs: 1000 });
  send(watch, 5000, 500, {});
  send(watch, 7000, 500, { pageId: always('home') });
  assert.deepEqual(told(watch), []);
});

test('a record of a pane gone by is counted with the newest, and turns nothing back', () => {
  const watch = createDriftWatch({ paneMs: 1000 });
  send(watch, 5000, 200, { pageId: always('home') });
  send(watch, 6000, 200, { pageId: always('home') });
  send(watch, 5500, 100, {});
  assert.deepEqual(told(watch), ['missing-by-mistake - impression.pageId 400/500']);
  send(watch, 7000, 1, { pageId: always('home') });
  assert.deepEqual(told(watch), ['missing-by-mistake - impression.pageId 201/301']);
});
