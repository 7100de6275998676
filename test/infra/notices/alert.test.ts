import assert from 'node:assert/strict';
import { test } from 'node:test';
import { region } from '../../../domain/ids.ts';
import { draftNotice, type NoticeKind } from '../../../domain/notices/notice.ts';
import { viewName } from '../../../domain/views.ts';
import { silentLog } from '../../../infra/log.ts';
import { createMetrics } from '../../../infra/metrics.ts';
import { createNoticeAlert } from '../../../infra/notices/alert.ts';

const view = viewName('clusters');

test('laggards and overdue views are shown for as long as a look finds them, and not when nobody looks', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const metrics = createMetrics();
  const alert = createNoticeAlert(metrics, silentLog(), 1000);
  const shown = async (): Promise<string[]> =>
    (await metrics.render()).split('\n').filter((line) => /^marquee_view_\w+\{/.test(line));
  alert.onLook([{ view, overdueMs: 2500, laggards: ['a', 'b'] }]);
  assert.deepEqual(await shown(), [
    'marquee_view_laggards{view="clusters"} 2',
    'marquee_view_overdue_seconds{view="clusters"} 2.5',
  ]);
  context.mock.timers.tick(900);
  alert.onLook([{ view, overdueMs: 0, laggards: [] }]);
  context.mock.timers.tick(900);
  assert.deepEqual(await shown(), [
    'marquee_view_laggards{view="clusters"} 0',
    'marquee_view_overdue_seconds{view="clusters"} 0',
  ]);
  context.mock.timers.tick(200);
  assert.deepEqual(await shown(), []);
});

test('operators are alerted of what they must see to, and of nothing else', () => {
  const alerted: string[] = [];
  const quiet = silentLog();
  const log = Object.assign(Object.create(quiet) as typeof quiet, {
    error: (fields: { alert: string }) => void alerted.push(fields.alert),
  });
  const alert = createNoticeAlert(createMetrics(), log, 1000);
  const kinds: readonly NoticeKind[] = ['published', 'pinned', 'canary', 'refused', 'overdue', 'laggards'];
  for (const kind of kinds) {
    const draft = draftNotice({ kind, region: region('eu'), view, unique: 1 });
    alert.onNotice({ ...draft, at: '2026-02-03T04:05:06.000Z' });
  }
  assert.deepEqual(alerted, ['refused', 'overdue', 'laggards']);
});

test('a webhook that gave up is an alert, one that is tried again is not', () => {
  const alerted: string[] = [];
  const quiet = silentLog();
  const log = Object.assign(Object.create(quiet) as typeof quiet, {
    error: (fields: { alert: string }) => void alerted.push(fields.alert),
  });
  const alert = createNoticeAlert(createMetrics(), log, 1000);
  const notice = {
    ...draftNotice({ kind: 'published', region: region('eu'), view, unique: 1 }),
    at: '2026-02-03T04:05:06.000Z',
  };
  alert.onTry('hook', notice);
  alert.onTry('hook', notice, { reason: 'status 500', isLast: false });
  assert.deepEqual(alerted, []);
  alert.onTry('hook', notice, { reason: 'status 500', isLast: true });
  assert.deepEqual(alerted, ['webhook']);
});
