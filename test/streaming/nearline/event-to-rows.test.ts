import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createNearline, type NearlineState } from '../../../domain/nearline/nearline.ts';
import type { NearlineRows } from '../../../domain/nearline/rows.ts';
import { createMetrics } from '../../../infra/metrics.ts';
import type { KeyedStates } from '../../../infra/state/keyed-state.ts';
import { createLmdbKeyedStates } from '../../../infra/state/lmdb-keyed-state.ts';
import { createKeyedLane } from '../../../streaming/keyed/lane.ts';
import { measureRows } from '../../../streaming/nearline/event-to-rows.ts';
import { nearlineModels } from '../../support/nearline-models.ts';
import { inLogOrder, recordOf } from '../../support/profile-records.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-event-to-rows-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const EIGHT = Date.UTC(2026, 5, 1, 20);

test('the time from event to rows is taken once for rows that are stored, and not for what only passes', async () => {
  const metrics = createMetrics();
  let now = EIGHT + 400;
  const { ranked, measured } = measureRows(metrics, () => now);
  const models = nearlineModels();
  const fold = createNearline({
    limits: { history: 10, titlesPerRow: 5, subjects: 1 },
    models: () => models,
    onRanked: ranked,
  });
  const states = measured(createLmdbKeyedStates<NearlineState>(dir, fold.version));
  const lane = createKeyedLane({
    ...{ fold, partition: 0, states: states.partition(0), cachedKeys: 10 },
    emit: () => Promise.resolve(),
  });
  await lane.open('plays');
  const play = (kind: 'play_start' | 'play_stop', eventTime: number) =>
    recordOf(
      { kind, titleId: 'film-0', playId: 'p', eventTime, positionSeconds: 5900, viewedSeconds: 5900 },
      { runtimeSeconds: 6000 },
    );
  const log = inLogOrder([
    play('play_stop', EIGHT - 100),
    play('play_stop', EIGHT),
    play('play_start', EIGHT + 1),
  ]);
  await lane.process('plays', log.slice(0, 2));
  const line = async (name: string): Promise<string | undefined> =>
    (await metrics.render()).split('\n').find((one) => one.startsWith(name));
  assert.equal(
    await line('marquee_nearline_event_to_rows_ms_count'),
    'marquee_nearline_event_to_rows_ms_count 0',
  );
  await lane.store();
  now += 60_000;
  await lane.process('plays', log.slice(2));
  await lane.store();
  assert.equal(
    await line('marquee_nearline_event_to_rows_ms_count'),
    'marquee_nearline_event_to_rows_ms_count 1',
  );
  assert.equal(
    await line('marquee_nearline_event_to_rows_ms_sum'),
    'marquee_nearline_event_to_rows_ms_sum 400',
  );
  assert.equal(await line('marquee_nearline_ranked_total'), 'marquee_nearline_ranked_total{topic="plays"} 1');
  await states.close();
});

test('rows are measured once the store has them, and not where it refuses them', async () => {
  const metrics = createMetrics();
  const { ranked, measured } = measureRows(metrics, () => EIGHT + 400);
  const rows = { cause: { topic: 'plays', eventTime: EIGHT } } as unknown as NearlineRows;
  const entries = new Map([['p', { state: { rows } }]]);
  const commits: unknown[] = [];
  let isFull = true;
  const inner = {
    partition: () => ({
      commit: (commit: unknown) =>
        isFull ? Promise.reject(new Error('the disk is full')) : Promise.resolve(void commits.push(commit)),
    }),
  } as unknown as KeyedStates<NearlineState>;
  const partition = measured(inner).partition(0);
  const commit = { entries } as unknown as Parameters<typeof partition.commit>[0];
  const count = async (): Promise<string | undefined> =>
    /^marquee_nearline_event_to_rows_ms_count (\d+)$/m.exec(await metrics.render())?.[1];
  ranked(rows);
  await assert.rejects(partition.commit(commit), /disk is full/);
  assert.notEqual(await count(), '1');
  isFull = false;
  await partition.commit(commit);
  assert.deepEqual([await count(), commits], ['1', [commit]]);
});
