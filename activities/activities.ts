import { createCanary } from './canary.ts';
import { createDeclaring } from './declaring.ts';
import type { ActivityDeps } from './deps.ts';
import { createBackfilling } from './backfilling.ts';
import { createErasing } from './erasing.ts';
import { createCaring } from './caring.ts';
import { createExtending } from './extending.ts';
import { guarded } from './guard.ts';
import { createIngesting } from './ingesting.ts';
import { createNotifying } from './notifying.ts';
import { createPlanning } from './planning.ts';
import { createPublishing } from './publishing.ts';
import { createReconciling } from './reconciling.ts';
import { createRowPerformance } from './row-performance.ts';
import { createPrecomputing } from './precomputing.ts';
import { createStaging } from './staging.ts';
import { createSweeping } from './sweeping.ts';
import { createTrainingPlanning } from './training-planning.ts';
import { createTraining } from './training.ts';
import { markingUnchanged } from './unchanged.ts';

export type { ActivityDeps, LocalVersion, SideInput } from './deps.ts';
export type { EventsRun, EventsRunOf } from './backfilling.ts';
export type { IngestPlan } from './ingesting.ts';
export type { DeliveryPlan, DeliveryTries, NoticeDeps } from './notifying.ts';
export type { BasePlan, RefreshPlan } from './planning.ts';
export type { VersionAt } from './publishing.ts';
export type { ComparedStep, ExclusionOrder } from './reconciling.ts';
export type { ModelAt, SharedTraining } from './training.ts';
export type { ExpiredVersions } from './sweeping.ts';
export type { CountingPlan } from './staging.ts';
export type { Staged } from './stage-version.ts';

/**
 * Everything a worker does. Each activity may be repeated after a crash at any point and comes to the same end; inputs
 * and results are small JSON. Throws ApplicationFailure whose type is a code of the table of errors.
 */
export function createActivities(deps: ActivityDeps) {
  const activities = {
    ...createPlanning(deps),
    ...createStaging(deps),
    ...createBackfilling(deps),
    ...createIngesting(deps),
    ...createTrainingPlanning(deps),
    ...createTraining(deps),
    ...createErasing(deps),
    ...createExtending(deps),
    ...createPrecomputing(deps),
    ...createRowPerformance(deps),
    ...createPublishing(deps),
    ...createCanary(deps),
    ...createReconciling(deps),
    ...createSweeping(deps),
    ...createCaring(deps),
    ...createNotifying(deps),
    ...createDeclaring(deps),
  };
  return guarded(markingUnchanged(deps, activities));
}

export type Activities = ReturnType<typeof createActivities>;
