import { CancellationScope, log } from '@temporalio/workflow';
import { heavy } from './activity-proxies.ts';
import { reasonOf } from './failures.ts';

/** Removes what the workers of a run handed each other, also when the run is cancelled. What cannot be removed stays, with a line in the log. */
export const clearWorkingPlace = (work: string): Promise<void> =>
  CancellationScope.nonCancellable(() => heavy.clearWork({ work })).catch((failure: unknown) =>
    log.warn('files stay in the working place', { reason: reasonOf(failure) }),
  );
