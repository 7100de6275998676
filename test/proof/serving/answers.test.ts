import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAnswer } from './answers.ts';
import { MODEL_VIEWS } from './published.ts';

const views = Object.fromEntries(MODEL_VIEWS.map((view) => [view, 1]));
const items = [{ titleId: 't0001' }];
const faultOf = (body: object, status = 200): string | undefined =>
  readAnswer(status, JSON.stringify(body)).fault;

test('rows, rows of a profile, pages and similar titles are whole where they have titles', () => {
  const personal = { mode: 'offline' };
  for (const body of [
    { source: 'merged', items },
    { source: 'batch', profileId: 'p0001', personal, views, row: { items } },
    { source: 'batch', profileId: 'p0001', personal, views, rows: [{ items: [] }, { items }] },
    { titleId: 't0002', views, items },
  ])
    assert.equal(faultOf(body), undefined);
});

test('what has no title, another status or no model is not', () => {
  assert.match(faultOf({ items: [] })!, /^empty/);
  assert.match(faultOf({ row: { items: [] } })!, /^empty/);
  assert.match(faultOf({ rows: [{ items: [] }] })!, /^empty/);
  assert.match(faultOf({})!, /^empty/);
  assert.match(faultOf({ items }, 503)!, /^503/);
  for (const view of MODEL_VIEWS) {
    assert.equal(faultOf({ views: { ...views, [view]: null }, items }), `without ${view}`);
    const others = Object.entries(views).filter(([name]) => name !== view);
    assert.equal(faultOf({ views: Object.fromEntries(others), items }), `without ${view}`);
  }
});

test('the mode is told of answers that are of a profile', () => {
  const read = (profileId: string | null) =>
    readAnswer(
      200,
      JSON.stringify({ source: 'batch', profileId, personal: { mode: 'none' }, views, rows: [] }),
    );
  assert.deepEqual([read('p0001').mode, read(null).mode], ['none', undefined]);
  assert.equal(read(null).source, 'batch');
});
