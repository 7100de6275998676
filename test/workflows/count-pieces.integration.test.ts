/** A log that is long enough is counted by the piece, by all workers that there are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createActivities, type ActivityDeps } from '../../activities/activities.ts';
import { SPAN_DAYS } from '../../batch/popularity/spans.ts';
import { MarqueeError } from '../../domain/errors.ts';
import { DAY_MS } from '../../domain/time.ts';
import { createTemporal } from '../../infra/temporal/client.ts';
import { createRefreshes } from '../../infra/temporal/refreshes.ts';
import { startWorker } from '../../infra/temporal/worker.ts';
import { createActivityWorld, playStarts, POPULARITY } from '../support/activity-world.ts';
import { partitionRows } from '../support/clean-rows.ts';
import { testConfig } from '../support/stack.ts';
import { workflowBundle } from '../support/workflows.ts';

const DAYS = 5;
const A_DAY = 32;
/** Each day is of a span of its own, whatever the time of the test. */
const APART_MS = SPAN_DAYS * DAY_MS;

test('pieces are shared by workers, one that is lost is counted again, and the parts are those of one count', async () => {
  const config = testConfig({ TEMPORAL_TASK_QUEUE: 'pieces' });
  const world = await createActivityWorld(config.region);
  for (let day = 0; day < DAYS; day += 1) {
    const records = playStarts((day * APART_MS) / 60_000, A_DAY, `t${day % 2}`);
    await world.lake.appendExactlyOnce('plays', [partitionRows('plays', 0, records, { from: day * A_DAY })]);
  }
  const temporal = createTemporal(config.temporal);
  const workflows = { code: await workflowBundle() };
  const counted: Record<string, number> = {};
  let lost = false;
  const deps: ActivityDeps = {
    ...world.deps,
    counting: { eventsPerPiece: A_DAY, maxPieces: 10, window: 2 },
    popularity: {
      ...world.deps.popularity,
      countPiece(plan, piece, options) {
        counted[piece.fromDay] = (counted[piece.fromDay] ?? 0) + 1;
        if (Object.keys(counted).length === 3 && !lost) {
          lost = true;
          throw new MarqueeError('OBJECT_STORE_UNAVAILABLE', { key: 'a part', reason: 'lost' });
        }
        return world.deps.popularity.countPiece(plan, piece, options);
      },
    },
  };
  const workers = await Promise.all(
    [1, 2].map(() => startWorker({ config, workflows, activities: createActivities(deps) })),
  );
  try {
    const refreshes = createRefreshes({ temporal, region: config.region });
    const outcome = await refreshes.refresh(POPULARITY);
    assert.equal(outcome.outcome, 'announced');
    const { parts, asOf, metrics } = await world.views.readManifest(POPULARITY, outcome.version);
    assert.equal(metrics['plays'], DAYS * A_DAY);
    assert.deepEqual(Object.values(counted).sort(), [1, 1, 1, 1, 2]);

    const plan = await world.deps.popularity.plan();
    const options = { outDir: `${world.deps.workDir}/one`, asOf: Date.parse(asOf) };
    const whole = await world.deps.popularity.compute(plan, options);
    const identity = (of: readonly { name: string; sha256: string }[]) =>
      of.map(({ name, sha256 }) => `${name} ${sha256}`);
    assert.deepEqual(identity(parts), identity(whole.parts));
    assert.deepEqual(await world.deps.places.list(), []);
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    await temporal.close();
    await world.close();
  }
});
