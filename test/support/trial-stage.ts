/** A trained version on its way through the canary, run after run: what it is trained on is made up. */
import { after, afterEach, before, beforeEach } from 'node:test';
import { createActivities } from '../../activities/activities.ts';
import type { CanarySettings } from '../../domain/canary/settings.ts';
import { region } from '../../domain/ids.ts';
import type { PublishOutcome } from '../../domain/publishing.ts';
import { viewName, viewVersion } from '../../domain/views.ts';
import { createMemoryObjectStore } from '../../infra/object-store/memory.ts';
import type { RunningWorker } from '../../infra/temporal/worker.ts';
import type { PublishRequest } from '../../workflows/messages.ts';
import { createActivityWorld, type ActivityWorld } from './activity-world.ts';
import { createCanaryWorld } from './canary-world.ts';
import { bodyOf, exampleManifest, publish } from './object-store-views.ts';
import { startSkippingTemporal, type Session, type SkippingTemporal } from './workflows.ts';

export const VIEW = viewName('item-factors');
export const HOME = region('test');
export const [FIRST, SECOND] = [viewVersion(1), viewVersion(2)];

const source = { kind: 'training', trained: {}, set: {} } as unknown as PublishRequest['source'];

export type TrialStage = ReturnType<typeof useTrialStage>;

/** Before each test of a file there is a first version, and a canary of ten looks. */
export function useTrialStage() {
  let skipping: SkippingTemporal;
  let runs = 0;
  const canaryOf = (settings: Partial<CanarySettings>) =>
    createCanaryWorld(createMemoryObjectStore(), HOME, {
      ...{ lookMs: 100, budgetMs: 1000, trafficMs: 1000 },
      ...settings,
    });
  const stage = {
    session: undefined as unknown as Session,
    world: undefined as unknown as ActivityWorld,
    canary: canaryOf({}),
    worker: undefined as RunningWorker | undefined,

    /** Another canary than the usual one. */
    tryOutBy(settings: Partial<CanarySettings>): void {
      stage.canary = canaryOf(settings);
    },
    async work(): Promise<void> {
      const { world, canary, session } = stage;
      const { views } = world;
      stage.worker = await session.worker({
        ...createActivities({ ...world.deps, canary: canary.deps }),
        async stageModel({ version }) {
          const part = await views.putPart(VIEW, version, 'items', bodyOf('second'));
          await views.putManifest(exampleManifest(VIEW, version, { [part.name]: 'second' }, FIRST, HOME));
          return { rowCounts: { items: 3 }, unchanged: false };
        },
      });
    },
    begin() {
      const { client, taskQueue } = stage.session.temporal;
      return client.workflow.start('publishView', {
        // The region is the test's own: a notice of the same region, view and version is told once.
        ...{ workflowId: `${taskQueue}:train:${runs++}:publish:als`, taskQueue },
        args: [{ view: VIEW, parent: FIRST, source }],
      });
    },
    run: async (): Promise<PublishOutcome> => (await (await stage.begin()).result()) as PublishOutcome,
    async states(): Promise<string[]> {
      const versions = await stage.world.views.listVersions(VIEW);
      return versions.map(({ version, state, rule }) => `${version} ${state} ${rule ?? ''}`.trim());
    },
    told: (): string[] => stage.world.told.map(({ kind, version }) => `${kind} ${version}`).toSorted(),
    candidate: () => stage.canary.canaries.find(VIEW),
    async isServedAsCandidate(): Promise<boolean> {
      const found = await stage.candidate();
      return found !== undefined && found.endsAt !== found.openedAt;
    },
  };

  before(async () => {
    skipping = await startSkippingTemporal();
  });
  after(() => skipping.close());
  beforeEach(async () => {
    stage.session = skipping.session();
    stage.world = await createActivityWorld();
    stage.tryOutBy({});
    await publish(stage.world.views, VIEW, 'first', { items: 'first' }, HOME);
  });
  afterEach(async () => {
    await stage.worker?.stop();
    await stage.world.close();
  });
  return stage;
}
