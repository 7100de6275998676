import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MarqueeError } from '../../../../domain/errors.ts';
import { HOUR_MS } from '../../../../domain/time.ts';
import { startLakeGauges } from '../../../../infra/lake/care/gauges.ts';
import type { TableStatistics } from '../../../../infra/lake/care/statistics.ts';
import { silentLog } from '../../../../infra/log.ts';
import { createMetrics } from '../../../../infra/metrics.ts';

const NOW = Date.parse('2026-02-03T12:00:00.000Z');
const table = (over: Partial<TableStatistics>): TableStatistics => ({
  ...{ table: 'plays', dataFiles: 7, deleteFiles: 1, bytes: 900, rows: 50, manifests: 2, snapshots: 4 },
  ...{ firstHour: null, lastHour: null, hours: 3, smallFiles: 5, mostSmallFiles: 4 },
  ...{ hoursToCompact: 1, oldestToCompact: new Date(NOW - 5 * HOUR_MS).toISOString() },
  ...{ oldestSnapshot: null, tags: 2, oldestTag: null },
  ...over,
});

function world() {
  const metrics = createMetrics();
  let answer: () => Promise<readonly TableStatistics[]> = () => Promise.resolve([]);
  const gauges = startLakeGauges({
    ...{ metrics, log: silentLog(), now: () => NOW, intervalMs: 1000 },
    stats: () => answer(),
  });
  return {
    gauges,
    async shown(by: typeof answer): Promise<Record<string, number>> {
      answer = by;
      await gauges.look();
      const lines = (await metrics.render()).split('\n').filter((line) => line.startsWith('marquee_'));
      return Object.fromEntries(lines.map((line) => [line.split(' ')[0]!, Number(line.split(' ')[1])]));
    },
  };
}

test('each table has its figures, and the age of the oldest hour that waits for compaction', async () => {
  const { gauges, shown } = world();
  // The look that it begins with.
  await gauges.look();
  const tables = [table({}), table({ table: 'searches', hoursToCompact: 0, oldestToCompact: null })];
  const found = await shown(() => Promise.resolve(tables));
  const of = (name: string): unknown => found[`marquee_lake_${name}{table="plays"}`];
  assert.deepEqual(
    ['files', 'delete_files', 'small_files', 'bytes', 'rows', 'snapshots', 'tags', 'hours_to_compact'].map(
      of,
    ),
    [7, 1, 5, 900, 50, 4, 2, 1],
  );
  assert.equal(of('oldest_to_compact_seconds'), (5 * HOUR_MS) / 1000);
  assert.equal(found['marquee_lake_oldest_to_compact_seconds{table="searches"}'], 0);
  assert.equal(found['marquee_lake_looked_timestamp_seconds'], NOW / 1000);
  await gauges.close();
});

test('while the catalog is away the figures of the look before stand', async () => {
  const { gauges, shown } = world();
  await gauges.look();
  await shown(() => Promise.resolve([table({})]));
  const away = new MarqueeError('LAKE_UNAVAILABLE', { reason: 'the catalog is away' });
  const found = await shown(() => Promise.reject(away));
  assert.equal(found['marquee_lake_files{table="plays"}'], 7);
  await gauges.close();
});

test('the lake is looked at again after each interval, until it is closed, and never twice at once', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  let looks = 0;
  const waiting: (() => void)[] = [];
  const gauges = startLakeGauges({
    ...{ metrics: createMetrics(), log: silentLog(), now: () => NOW, intervalMs: 1000 },
    stats: () => {
      looks += 1;
      return new Promise((resolve) => waiting.push(() => resolve([])));
    },
  });
  context.mock.timers.tick(3000);
  assert.equal(looks, 1);
  waiting.pop()!();
  await gauges.look();
  context.mock.timers.tick(1000);
  assert.equal(looks, 2);
  waiting.pop()!();
  await gauges.close();
  context.mock.timers.tick(5000);
  assert.equal(looks, 2);
});
