/**
 * Enrichment was wrong for two hours. The events are corrected from the raw events of the lake, Kafka's copy gone, while
 * live traffic goes on; a worker is lost and the run is paused and resumed on the way.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { testEnvironment } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { countsOf, eventsOf, hoursOf, WRONGED } from './backfill/scenario.ts';
import { openBackfillWorld, type BackfillWorld } from './backfill/world.ts';
import { viewName } from '../../domain/views.ts';

const hours = hoursOf(Date.now());
const RANGE = {
  axis: 'event',
  from: new Date(hours.wrong).toISOString(),
  to: new Date(hours.after).toISOString(),
} as const;
let world: BackfillWorld;

before(async () => {
  world = await openBackfillWorld(testEnvironment());
  await world.enriched.rightly();
  await world.send(eventsOf({ name: 'before', count: 300, fromMs: hours.before, toMs: hours.wrong }));
  await world.settled();
  await world.enriched.wrongly();
  await world.send(eventsOf({ name: 'wrong', count: 700, fromMs: hours.wrong, toMs: hours.after }));
  await world.settled();
  await world.enriched.rightly();
  await world.send(eventsOf({ name: 'after', count: 600, fromMs: hours.after, toMs: Date.now() }));
  await world.settled();
});
after(() => world.close());

test('two hours of wrong enrichment are corrected from raw events that Kafka has forgotten, under live traffic', async () => {
  const { backfills, config, refreshes } = world;
  const doomed = world.worker('foldShard:after');
  await refreshes.refresh(viewName('popularity'));
  assert.notDeepEqual(await world.lakeCounts(), countsOf(world.sent));
  assert.notDeepEqual(await world.attributedCountries(), playCountries());
  world.beginTraffic();
  assert.ok((await world.forget()) > 3000);

  const { id } = await backfills.start({ name: 'german-hours', reason: 'correct', ...RANGE });
  await assert.rejects(backfills.start({ name: 'another', reason: 'correct', ...RANGE, dryRun: true }), {
    code: 'BACKFILL_OVERLAP',
  });
  // The worker dies at the first shard; the run is paused before there is another.
  await world.died(id, doomed);
  const successor = world.worker();
  await until(async () => (await backfills.get(id)).progress !== null, 60_000, 250);
  await backfills.pause(id);
  const paused = (await backfills.get('german-hours')).progress;
  assert.equal(paused?.paused, true);
  await backfills.resume(id);
  await world.phase(id, 'waiting');

  const { progress } = await backfills.get(id);
  const [diff] = progress!.diff!.views;
  assert.deepEqual(diff?.titles.map(({ titleId }) => titleId).toSorted(), [...WRONGED]);
  assert.deepEqual([diff.added, diff.removed, diff.changed], [0, 0, WRONGED.length]);
  assert.deepEqual([diff.before.plays, diff.before.impressions], [diff.after.plays, diff.after.impressions]);
  assert.ok(progress!.plan!.shards.length > 2, `${progress!.plan!.shards.length} shards`);
  assert.ok(progress!.audit!.checks.every(({ ok }) => ok));
  const german = world.sent.filter(({ eventId, country }) => eventId.startsWith('wrong') && country === 'DE');
  const played = german.filter(({ kind }) => kind === 'play_start').length;
  const foreseen = progress!.diff!.derived?.find(({ rule }) => rule === 'attribution');
  assert.ok(played > 10);
  assert.deepEqual([foreseen?.changed, foreseen?.withdrawn, foreseen?.stranded], [played, 0, 0]);

  await backfills.approve(id, 'operator');
  const { result, error } = await world.ended(id);
  assert.equal(error, null);
  assert.deepEqual([result?.outcome, result?.approval?.approver], ['announced', 'operator']);
  assert.deepEqual(result?.swapped, { replaced: german.length, removed: 0, added: 0 });

  await world.endTraffic();
  await world.settled();
  assert.deepEqual(await world.lakeCounts(), sorted(countsOf(world.sent)));
  // What was attributed says what is right, to whoever reads the topic or the table.
  assert.equal(result.derived?.find(({ rule }) => rule === 'attribution')?.changed, played);
  assert.deepEqual(await world.attributedCountries(), playCountries());
  const { version, totals, below } = await world.published();
  assert.equal(version, result?.version);
  assert.deepEqual(totals, below);
  const touched = (await world.parity.read())?.exclusions.map((one) => one.touched);
  assert.deepEqual(touched, [result?.audit?.blocks]);
  assert.ok(result.audit!.blocks.blocks.length > 0);
  assert.equal((await world.store.list(`${config.region}/work/`)).length, 0);
  await successor.end();
});

test('events that were refused while enrichment was wrong are filled in through the log, each once', async () => {
  const { backfills } = world;
  await world.enriched.strictly();
  const from = new Date().toISOString();
  await world.send(eventsOf({ name: 'refused', count: 150, fromMs: hours.after, toMs: Date.now() }));
  await world.settled();
  const to = new Date().toISOString();
  await world.enriched.rightly();
  const refused = world.sent.filter(
    ({ eventId, country }) => eventId.startsWith('refused') && country === 'DE',
  );
  assert.ok(refused.length > 5);

  const worker = world.worker();
  const order = { name: 'refused-hour', reason: 'fill', from, to } as const;
  const { id } = await backfills.start(order);
  await world.phase(id, 'waiting');
  const diff = (await backfills.get(id)).progress?.diff?.views[0];
  assert.deepEqual(
    new Set(diff?.titles.map(({ titleId }) => titleId)),
    new Set(refused.map((event) => (event as { titleId: string }).titleId)),
  );
  await backfills.approve(id, 'operator');
  const { result } = await world.ended(id);
  assert.deepEqual(result?.redriven, { sent: refused.length, landed: refused.length });
  await world.settled();
  assert.deepEqual(await world.lakeCounts(), sorted(countsOf(world.sent)));
  const again = await world.ended((await backfills.start({ ...order, name: 'once-more' })).id);
  assert.equal(again.result?.outcome, 'unchanged');
  await worker.end();
});

const playCountries = (): Record<string, string> =>
  sorted(
    Object.fromEntries(
      world.sent
        .filter(({ kind }) => kind === 'play_start')
        .map(({ eventId, country }) => [eventId, String(country)]),
    ),
  );

const sorted = <T>(counts: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
