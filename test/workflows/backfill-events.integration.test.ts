/** Backfills of events as workflows: real but for the steps in the lake, whose answers are made up. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { createActivities, type Activities } from '../../activities/activities.ts';
import { guarded, type Activity } from '../../activities/guard.ts';
import type { DerivedChange } from '../../domain/backfills/derived-words.ts';
import type { AskedEvents } from '../../domain/backfills/order.ts';
import type { EventsDiff, EventsPlan, EventsResult, ShadowAudit } from '../../domain/backfills/run.ts';
import { MarqueeError } from '../../domain/errors.ts';
import { generation, region } from '../../domain/ids.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { createEventBackfills, type EventBackfillClient } from '../../infra/temporal/event-backfills.ts';
import type { RunningWorker } from '../../infra/temporal/worker.ts';
import { createActivityWorld, type ActivityWorld } from '../support/activity-world.ts';
import { until } from '../support/until.ts';
import { startSkippingTemporal, type Session, type SkippingTemporal } from '../support/workflows.ts';

const ORDER: AskedEvents = {
  ...{ name: 'german-hours', reason: 'correct' },
  ...{ from: '2026-01-31T13:00:00Z', to: '2026-01-31T15:00:00Z' },
};
const SHARD = { partition: 0, from: 0, to: 10, rows: 10, bytes: 100 };
const PLAN: EventsPlan = {
  ...{ generation: generation('g1'), inputs: [], shards: [SHARD], rows: 10, bytes: 100, warmRows: 0 },
  ...{ cleanRows: 10, estimatedSeconds: 1, ceiling: null, window: 1, lookups: {} },
};
const COUNTS = { raw: 10, same: 8, replaced: 2, removed: 0, missing: 0, withoutRaw: 0 };
const auditOf = (of: string): ShadowAudit => {
  const blocks = [{ topic: 'plays', partition: 0, from: 0, to: 1 } as const];
  return { checks: [], rows: { plays: 2 }, blocks: { generation: generation(of), blocks } };
};
const SAYS = { what: 'attributed_plays', rule: 'attribution', profiles: 3, stranded: 0 };
const words = (changed: number): readonly DerivedChange[] => [
  { ...SAYS, same: 4, changed, added: 0, withdrawn: 0, waiting: 1 },
];
const diffOf = (derived: readonly DerivedChange[]): EventsDiff => ({ views: [], following: [], derived });

let skipping: SkippingTemporal;
let session: Session;
let world: ActivityWorld;
let backfills: EventBackfillClient;
let worker: RunningWorker | undefined;
/** Steps in the lake, in the order in which they were begun. */
let steps: string[];
let regions = 0;

before(async () => {
  skipping = await startSkippingTemporal();
});
after(() => skipping.close());
beforeEach(async () => {
  session = skipping.session();
  steps = [];
  const settings = { backfillMaxHours: 744, approvalTimeoutMs: 24 * HOUR_MS };
  // One runs at a time in a region: what a failed test leaves running is in nobody's way.
  const name = `test-${++regions}`;
  backfills = createEventBackfills({ temporal: session.temporal, region: region(name), settings });
  world = await createActivityWorld(name);
  await world.appendPlays(40);
});
afterEach(async () => {
  await worker?.stop();
  await world.close();
});

type Step = 'planEvents' | 'foldShard' | 'auditShadow' | 'diffShadow' | 'swapShadow' | 'correctDerived';
type Steps = { readonly [K in Step]: Activities[K] };

async function work(changes: Partial<Steps>): Promise<void> {
  const made: Steps = {
    planEvents: () => Promise.resolve(PLAN),
    foldShard: () => Promise.resolve(COUNTS),
    auditShadow: () => Promise.resolve(auditOf('g1')),
    diffShadow: () => Promise.resolve(diffOf(words(2))),
    swapShadow: () => Promise.resolve({ replaced: 2, removed: 0, added: 0 }),
    correctDerived: () => Promise.resolve(words(2)),
    ...changes,
  };
  const noted = Object.entries<Activity>(made).map(([name, step]) => [
    name,
    (input: never) => {
      steps.push(name);
      return step(input);
    },
  ]);
  const all = { ...createActivities(world.deps), ...guarded(Object.fromEntries(noted)) } as Activities;
  worker = await session.worker(all);
}

const waiting = (id: string): Promise<void> =>
  until(async () => (await backfills.get(id)).progress?.phase === 'waiting');

async function ended(id: string): Promise<EventsResult> {
  await until(async () => (await backfills.get(id)).state !== 'running', 60_000);
  const { result, error } = await backfills.get(id);
  assert.equal(error, null);
  return result!;
}

async function approved(id: string): Promise<EventsResult> {
  await waiting(id);
  await backfills.approve(id, 'operator');
  return ended(id);
}

const notNow = new MarqueeError('GENERATION_REFUSED', {
  ...{ generation: 'g1', wanted: 'put right', reason: 'processes are in g2 by now' },
});

test('what follows from corrected events and fails for good is told, and views follow all the same', async () => {
  await work({ correctDerived: () => Promise.reject(notNow) });
  const { id } = await backfills.start(ORDER);
  const result = await approved(id);
  assert.match(result.underivable ?? '', /in g2 by now/);
  assert.deepEqual(
    [result.outcome, result.derived, result.swapped?.replaced, result.version],
    ['announced', null, 2, 1],
  );
});

test('blocks that cannot leave parity any more end a run before anything is changed', async () => {
  await work({ auditShadow: () => Promise.resolve(auditOf('g0')) });
  const { id } = await backfills.start(ORDER);
  await waiting(id);
  await backfills.approve(id, 'operator');
  await until(async () => (await backfills.get(id)).state !== 'running', 60_000);
  const { state, error } = await backfills.get(id);
  assert.deepEqual([state, error?.code], ['failed', 'GENERATION_REFUSED']);
  assert.deepEqual(steps, ['planEvents', 'foldShard', 'auditShadow', 'diffShadow']);
});

test('what could not be said is said anew alone, from the plan of the run, once that is approved', async () => {
  let [isAway, foreseen] = [true, words(2)];
  const told: (string | undefined)[] = [];
  await work({
    diffShadow: ({ order, plan }) => {
      if (order.derives !== undefined) assert.deepEqual(plan, PLAN);
      return Promise.resolve(diffOf(foreseen));
    },
    correctDerived({ order, plan }) {
      if (isAway) throw notNow;
      assert.deepEqual(plan, PLAN);
      told.push(order.derives);
      return Promise.resolve(words(2));
    },
  });
  const { id } = await backfills.start(ORDER);
  assert.match((await approved(id)).underivable ?? '', /g2/);
  isAway = false;
  steps = [];
  const dry = await ended((await backfills.derive(id, true)).id);
  assert.deepEqual([dry.outcome, dry.diff?.derived, steps], ['dry-run', words(2), ['diffShadow']]);
  // By its name: the newest of it is the dry run, which goes back to the same run.
  const again = await backfills.derive('german-hours');
  const result = await approved(again.id);
  assert.deepEqual(
    [result.outcome, result.derived, result.swapped, result.version],
    ['derived', words(2), null, null],
  );
  assert.equal(result.approval?.approver, 'operator');
  assert.deepEqual(told, [id]);
  foreseen = words(0);
  assert.equal((await ended((await backfills.derive(id)).id)).outcome, 'unchanged');
  assert.deepEqual(steps, ['diffShadow', 'diffShadow', 'correctDerived', 'diffShadow']);
});

test('what follows is said of nothing but a run that was approved and has ended, also of one that failed', async () => {
  let isBroken = false;
  await work({
    swapShadow: () =>
      isBroken ? Promise.reject(notNow) : Promise.resolve({ replaced: 2, removed: 0, added: 0 }),
  });
  const dry = await backfills.start({ ...ORDER, dryRun: true });
  assert.equal((await ended(dry.id)).outcome, 'dry-run');
  await assert.rejects(backfills.derive(dry.id), { code: 'BACKFILL_ORDER_INVALID' });
  await assert.rejects(backfills.derive('events.none'), { code: 'BACKFILL_NOT_FOUND' });
  isBroken = true;
  const { id } = await backfills.start(ORDER);
  await waiting(id);
  await assert.rejects(backfills.derive(id), { code: 'JOB_REFUSES' });
  await backfills.approve(id, 'operator');
  await until(async () => (await backfills.get(id)).state === 'failed', 60_000);
  const derived = await backfills.derive(id);
  await waiting(derived.id);
  await backfills.cancel(derived.id);
  assert.equal((await ended(derived.id)).outcome, 'cancelled');
  assert.ok(!steps.includes('correctDerived'));
});
