import type { ActivityDeps } from './deps.ts';
import { createExtending } from './extending.ts';
import { guarded } from './guard.ts';
import { createIngesting } from './ingesting.ts';
import { createPlanning } from './planning.ts';
import { createPublishing } from './publishing.ts';
import { createReconciling } from './reconciling.ts';
import { createRowPerformance } from './row-performance.ts';
import { createPrecomputing } from './precomputing.ts';
import { createStaging } from './staging.ts';
import { createSweeping } from './sweeping.ts';
import { createTrainingPlanning } from './training-planning.ts';
import { createTraining } from './training.ts';

export type { ActivityDeps, LocalVersion, SideInput } from './deps.ts';
export type { IngestPlan } from './ingesting.ts';
export type { BasePlan, RefreshPlan } from './planning.ts';
export type { VersionAt } from './publishing.ts';
export type { ComparedStep, ExclusionOrder } from './reconciling.ts';
export type { ModelAt } from './training.ts';
export type { ExpiredVersions } from './sweeping.ts';
export type { Staged } from './stage-version.ts';

/**
 * Everything a worker does. Each activity may be repeated after a crash at any point and comes to the same end; inputs
 * and results are small JSON. Throws ApplicationFailure whose type is a code of the table of errors.
 */
export function createActivities(deps: ActivityDeps) {
  return guarded({
    ...createPlanning(deps),
    ...createStaging(deps),
    ...createIngesting(deps),
    ...createTrainingPlanning(deps),
    ...createTraining(deps),
    ...createExtending(deps),
    ...createPrecomputing(deps),
    ...createRowPerformance(deps),
    ...createPublishing(deps),
    ...createReconciling(deps),
    ...createSweeping(deps),
  });
}

export type Activities = ReturnType<typeof createActivities>;
