/** What runs by itself, as data. Applied by `npm run schedules:apply`. */
import type { Region } from '../domain/ids.ts';
import { CATALOGUE_VIEW } from '../domain/catalogue.ts';
import { PAGES_VIEW } from '../domain/pages.ts';
import { REFRESH_TIMEOUT_MS } from '../domain/publishing.ts';
import { viewName, type ViewName } from '../domain/views.ts';
import { refreshId, refreshTypeOf } from '../domain/workflow-ids.ts';
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
  /** Absent where the view has no source: nothing is scheduled. */
  readonly catalogueIntervalMs?: number | undefined;
  readonly pagesIntervalMs?: number | undefined;
}

const POPULARITY_VIEW = viewName('popularity');

export function declareSchedules(settings: ScheduleSettings): ScheduleDeclaration[] {
  const { region, refreshIntervalMs, catalogueIntervalMs, pagesIntervalMs } = settings;
  const declared = [
    declare(region, POPULARITY_VIEW, refreshIntervalMs, 'Counts the popularity view anew and publishes it'),
  ];
  if (catalogueIntervalMs !== undefined)
    declared.push(
      declare(region, CATALOGUE_VIEW, catalogueIntervalMs, 'Publishes the catalogue as its source has it'),
    );
  if (pagesIntervalMs !== undefined)
    declared.push(
      declare(region, PAGES_VIEW, pagesIntervalMs, 'Publishes the pages as their source has them'),
    );
  return declared;
}

function declare(region: Region, view: ViewName, everyMs: number, note: string): ScheduleDeclaration {
  return {
    id: refreshId(region, view),
    workflowType: refreshTypeOf(view),
    args: [{ view }],
    everyMs,
    overlap: 'SKIP',
    catchupWindowMs: everyMs,
    timeoutMs: REFRESH_TIMEOUT_MS,
    note,
  };
}
