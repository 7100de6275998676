/** What ended runs left, and versions that are no longer kept, are tidied away: days later, twice the same. */
import { randomUUID } from 'node:crypto';
import { DAY_MS } from '../../../../domain/time.ts';
import { sweepId, WORKFLOW_TYPES } from '../../../../domain/workflow-ids.ts';
import { createWorkingPlaces } from '../../../../infra/object-store/working-places.ts';
import { bodyOf, publish } from '../../../support/object-store-views.ts';
import type { KillRegion } from '../region.ts';
import type { Work } from '../scenario.ts';
import { POPULARITY } from './views.ts';

/** The current one, the one before it, and as many as `VIEW_VERSIONS_KEPT` of the scenario says. */
const KEPT = 2 + 1;
const NEW_VERSIONS = KEPT + 1;
/** Longer than working files are kept. */
const AHEAD_MS = 30 * DAY_MS;

export function tidying(region: KillRegion): Work {
  const { config, store, views, temporal } = region;
  const places = createWorkingPlaces({ store, region: config.region });
  let aheadMs = 0;

  async function sweep(): Promise<() => Promise<unknown>> {
    const handle = await temporal.client.workflow.start(WORKFLOW_TYPES.sweep, {
      workflowId: `${sweepId(config.region)}:${randomUUID()}`,
      taskQueue: config.temporal.taskQueue,
      args: [],
    });
    return () => handle.result();
  }

  async function versionsWithParts(): Promise<number[]> {
    const keys = await store.list(`${config.region}/views/${POPULARITY}/versions/`);
    const found = keys.flatMap(({ key }) => /\/versions\/(\d+)\/parts\//.exec(key)?.[1] ?? []);
    return [...new Set(found.map(Number))].sort((a, b) => b - a);
  }

  return {
    async begin() {
      await places.open(`left-${aheadMs}`).put('part', bodyOf('of a run that was terminated'));
      // The first look notes what there is.
      await region.withWorker(async () => (await sweep())());
      for (let n = 0; n < NEW_VERSIONS; n += 1)
        await publish(views, POPULARITY, randomUUID(), { totals: randomUUID() }, config.region);
      aheadMs += AHEAD_MS;
      region.forWorkers({ aheadMs });
      return sweep();
    },
    async differences() {
      const { version } = (await views.readPointer(POPULARITY))!;
      const expected = Array.from({ length: KEPT }, (_, i) => version - i);
      const found = await versionsWithParts();
      const isRight = found.join() === expected.join();
      return isRight ? [] : [`parts of versions ${found.join(', ')} are there, not ${expected.join(', ')}`];
    },
  };
}
