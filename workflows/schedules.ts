/** What runs by itself, as data. Applied by `npm run schedules:apply`. */
import type { Region } from '../domain/ids.ts';
import { REFRESH_TIMEOUT_MS } from '../domain/publishing.ts';
import { viewName } from '../domain/views.ts';
import { refreshId, WORKFLOW_TYPES } from '../domain/workflow-ids.ts';
import type { RefreshRequest } from './messages.ts';

export interface ScheduleDeclaration {
  /** Also the start of the ids of the runs it begins. */
  readonly id: string;
  readonly workflowType: string;
  readonly args: readonly [RefreshRequest];
  readonly everyMs: number;
  /** SKIP: a run that is due while the one before still runs is left out. */
  readonly overlap: 'SKIP';
  /** Runs missed while Temporal was down are made up for this long. One interval: the newest stands for all. */
  readonly catchupWindowMs: number;
  /** A run that takes longer is ended. */
  readonly timeoutMs: number;
  readonly note: string;
}

export interface ScheduleSettings {
  readonly region: Region;
  readonly refreshIntervalMs: number;
}

export function declareSchedules({ region, refreshIntervalMs }: ScheduleSettings): ScheduleDeclaration[] {
  const view = viewName('popularity');
  return [
    {
      id: refreshId(region, view),
      workflowType: WORKFLOW_TYPES.refresh,
      args: [{ view }],
      everyMs: refreshIntervalMs,
      overlap: 'SKIP',
      catchupWindowMs: refreshIntervalMs,
      timeoutMs: REFRESH_TIMEOUT_MS,
      note: 'Counts the popularity view anew and publishes it',
    },
  ];
}
