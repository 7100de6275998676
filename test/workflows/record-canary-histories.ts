/**
 * Records the histories of versions that were tried out, beside `record-histories.ts`: real runs, whose training and figures are
 * made up. Needs `marquee up`; then `node test/workflows/record-canary-histories.ts [undecided]`: all, or those alone of which
 * too little is seen.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createActivities, type VersionAt } from '../../activities/activities.ts';
import type { CanaryReading } from '../../domain/canary/verdict.ts';
import { RANKING_POLICY_VIEW } from '../../domain/ranking-policy.ts';
import { viewName } from '../../domain/views.ts';
import { findWorkflows } from '../../infra/bin/worker-process.ts';
import { silentLog } from '../../infra/log.ts';
import { createMemoryObjectStore } from '../../infra/object-store/memory.ts';
import { createTemporal } from '../../infra/temporal/client.ts';
import { logTemporalTo, startWorker } from '../../infra/temporal/worker.ts';
import { createActivityWorld } from '../support/activity-world.ts';
import { createCanaryWorld, EQUAL, HARMED } from '../support/canary-world.ts';
import { historyToText } from '../support/histories.ts';
import { bodyOf, exampleManifest, publish } from '../support/object-store-views.ts';
import { testConfig } from '../support/stack.ts';

const VIEW = viewName('item-factors');
const TRAINED = { kind: 'training', trained: {}, set: {} };
const config = testConfig();
const { region } = config;
logTemporalTo(silentLog());
const world = await createActivityWorld(region);
const canary = createCanaryWorld(createMemoryObjectStore(), region, {
  ...{ views: 'item-factors,ranking-policy', lookMs: 500, budgetMs: 1500, longerMs: 1000, trafficMs: 1500 },
});
const temporal = createTemporal(config.temporal);
const worker = await startWorker({
  config,
  workflows: findWorkflows(),
  activities: {
    ...createActivities({ ...world.deps, canary: canary.deps }),
    stageModel: stageAny,
    ingestSource: stageAny,
  },
});

async function stageAny({ view, version, parent }: VersionAt) {
  const text = `version ${version}`;
  const part = await world.views.putPart(view, version, 'items', bodyOf(text));
  await world.views.putManifest(exampleManifest(view, version, { [part.name]: text }, parent, region));
  return { rowCounts: { items: 3 }, unchanged: false };
}

async function record(
  name: string,
  found: CanaryReading,
  view = VIEW,
  source: object = TRAINED,
): Promise<void> {
  canary.figures.of = () => found;
  const parent = (await world.views.readPointer(view))!.version;
  const workflowId = `${region}:train:recorded:publish:${name}`;
  const handle = await temporal.client.workflow.start('publishView', {
    ...{ workflowId, taskQueue: config.temporal.taskQueue },
    args: [{ view, parent, source }],
  });
  await handle.result();
  const history = await handle.fetchHistory();
  writeFileSync(join(import.meta.dirname, 'histories', `${name}.json`), historyToText(history));
  process.stderr.write(`${name}: ${history.events?.length ?? 0} events\n`);
}

try {
  await publish(world.views, VIEW, 'first', { items: 'first' }, region);
  if (process.argv[2] !== 'undecided') {
    await record('publish-tried-out', EQUAL);
    await record('publish-stopped', HARMED);
    await publish(world.views, RANKING_POLICY_VIEW, 'first', { items: 'first' }, region);
    await record('publish-policy-stopped', HARMED, RANKING_POLICY_VIEW, { kind: 'ingest' });
  }
  await record('publish-undecided', {});
  canary.figures.traffic = { profiles: 0, plays: 0 };
  await record('publish-untried-told', {});
} finally {
  await worker.stop();
  await temporal.close();
  await world.close();
}
