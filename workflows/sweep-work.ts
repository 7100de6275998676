import { workflowInfo } from '@temporalio/workflow';
import { heavy } from './activity-proxies.ts';

/** Removes what runs that were terminated left in their working places. */
export function sweepWork(): Promise<{ readonly swept: readonly string[] }> {
  return heavy.sweepWork({ asOf: workflowInfo().startTime.toISOString() });
}
