import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReconciling, type LaneComparison } from '../../activities/reconciling.ts';
import type { ParityRun } from '../../batch/parity/job.ts';
import { generation, region, titleId } from '../../domain/ids.ts';
import type { OpenDifference, QualityRecord } from '../../domain/parity/report.ts';
import { FOLD_VERSION, type Marker } from '../../domain/speed-view.ts';
import { viewName, type ViewVersion } from '../../domain/views.ts';
import { createMemoryObjectStore } from '../../infra/object-store/memory.ts';
import { createParityStore } from '../../infra/parity/store.ts';

const LOG = { generation: generation('g1'), blockSize: 16 };
const VIEW = viewName('popularity');
const ORDER = { view: VIEW, asOf: '2026-01-01T12:00:00.000Z', step: 0 };
const VERSION = 4 as ViewVersion;

const tally = { events: 11, entries: 1, digest: { a: 1, b: 2 } };
const marker: Marker = {
  type: 'marker',
  ...{ topic: 'plays', partition: 0, block: 2, epoch: 1, from: 32, to: 48, foldVersion: FOLD_VERSION },
  ...{ ...tally, rawHigh: 40, logTime: 5000, before: { rawHigh: 20, logTime: 1000 } },
};
const found: OpenDifference = {
  name: 'plays.g1/0/2',
  lane: 'speed',
  ...{ batch: { ...tally, events: 12 }, speed: tally, log: null, moreTitles: 0, marker, since: ORDER.asOf },
  titles: [{ title: titleId('t3'), lane: 'speed', cells: [], more: 1 }],
};
const RUN: ParityRun = {
  compared: { plays: [3], impressions: [] },
  open: [found],
  settled: [],
  report: {
    ...{ version: VERSION, asOf: ORDER.asOf, generation: LOG.generation, compared: 3, equal: 2 },
    ...{ differing: [found], settled: [], excluded: [], passedOver: 0, waiting: 5, open: 1, duplicates: [] },
  },
};

function world(change: Partial<LaneComparison> = {}, manifest: object = LOG) {
  const told: QualityRecord[][] = [];
  const shown: ParityRun[] = [];
  const parity: LaneComparison = {
    job: { run: () => Promise.resolve(RUN) },
    store: createParityStore(createMemoryObjectStore(), region('eu')),
    log: LOG,
    keptReports: 3,
    tell: async (records) => void told.push([...records]),
    onRun: (run) => void shown.push(run),
    ...change,
  };
  const views = {
    readPointer: () => Promise.resolve({ version: VERSION }),
    readManifest: () => Promise.resolve({ version: VERSION, inputs: [], cut: {}, ...manifest }),
  } as unknown as Parameters<typeof createReconciling>[0]['views'];
  return { parity, told, shown, activities: createReconciling({ views, parity }), views };
}

test('a run is told, shown and remembered, and answered in short', async () => {
  const { activities, parity, told, shown } = world();
  assert.deepEqual(await activities.compareLanes(ORDER), {
    ...{ compared: 3, differing: 1, excluded: 0, waiting: 5, open: 1 },
  });
  assert.deepEqual(
    told.flat().map(({ metric, verdict }) => [metric, verdict]),
    [['parity_difference', 'lanes differ: speed']],
  );
  assert.equal(shown.length, 1);
  const state = await parity.store.read();
  assert.deepEqual([state?.compared, state?.open.length, state?.reports.length], [RUN.compared, 1, 1]);
});

test('a try that could not tell remembers nothing, and the next one tells the same under the same keys', async () => {
  const told: QualityRecord[][] = [];
  let fails = 1;
  const tell = async (records: readonly QualityRecord[]): Promise<void> => {
    told.push([...records]);
    if (fails-- > 0) throw new Error('no answer');
  };
  const { activities, parity, shown } = world({ tell });
  await assert.rejects(activities.compareLanes(ORDER), /no answer/);
  assert.deepEqual([await parity.store.read(), shown.length], [undefined, 0]);
  await activities.compareLanes(ORDER);
  assert.deepEqual(told[0], told[1]);
});

test('of two runs over the same blocks one is remembered and the other has to begin anew', async () => {
  const objects = createMemoryObjectStore();
  const store = createParityStore(objects, region('eu'));
  const other = world({ store });
  const job: LaneComparison['job'] = {
    async run() {
      await other.activities.compareLanes(ORDER);
      return RUN;
    },
  };
  const slower = world({ store, job });
  await assert.rejects(slower.activities.compareLanes(ORDER), { code: 'STATE_MOVED' });
  assert.equal((await store.read())?.reports.length, 1);
});

test('a correction that is named while a run is under way is not forgotten by it', async () => {
  const store = createParityStore(createMemoryObjectStore(), region('eu'));
  const { activities } = world({ store });
  const fix = { name: 'fix', kind: 'backfill', fromMs: 0, toMs: 3_600_000 } as const;
  const job: LaneComparison['job'] = {
    async run() {
      await activities.excludeFromParity(fix);
      return RUN;
    },
  };
  await world({ store, job }).activities.compareLanes(ORDER);
  const state = await store.read();
  assert.deepEqual([state?.exclusions.map(({ name }) => name), state?.reports.length], [['fix'], 1]);
});

test('a view of another log, and a worker that compares nothing, leave everything as it is', async () => {
  const { activities, parity } = world({}, { ...LOG, generation: generation('g2') });
  assert.equal((await activities.compareLanes(ORDER)).compared, 0);
  assert.equal(await parity.store.read(), undefined);
  const without = createReconciling({ views: world().views });
  assert.equal(await without.comparesLanes({}), false);
  assert.equal((await without.compareLanes(ORDER)).waiting, 0);
  await without.excludeFromParity({ name: 'fix', kind: 'backfill', fromMs: 0, toMs: 1 });
  assert.equal(await activities.comparesLanes({}), true);
});
