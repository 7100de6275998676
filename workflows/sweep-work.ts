import { workflowInfo } from '@temporalio/workflow';
import type { ExpiredVersions } from '../activities/activities.ts';
import { heavy } from './activity-proxies.ts';

export interface Swept {
  /** Runs whose working files were removed. */
  readonly swept: readonly string[];
  readonly expired: readonly ExpiredVersions[];
}

/** Removes what runs that were terminated left in their working places, and the parts of versions that are no longer kept. */
export async function sweepWork(): Promise<Swept> {
  const { swept } = await heavy.sweepWork({ asOf: workflowInfo().startTime.toISOString() });
  const { expired } = await heavy.expireVersions();
  return { swept, expired };
}
