/** Names under which workflows are found again. Every one carries the region, so that regions can share a namespace. */
import type { Region } from './ids.ts';
import { CATALOGUE_VIEW } from './catalogue.ts';
import { PAGES_VIEW } from './pages.ts';
import { RANKING_POLICY_VIEW } from './ranking-policy.ts';
import { ROW_PERFORMANCE_VIEW } from './row-performance.ts';
import { viewName, type ViewName } from './views.ts';

/** The types that workers register. */
export const WORKFLOW_TYPES = {
  refresh: 'refreshPopularity',
  refreshCatalogue: 'refreshCatalogue',
  refreshPages: 'refreshPages',
  publish: 'publishView',
  backfill: 'backfill',
  backfillEvents: 'backfillEvents',
  reconcile: 'reconcile',
  train: 'trainModels',
  precompute: 'precomputeRows',
  extend: 'extendFactors',
  refreshRankingPolicy: 'refreshRankingPolicy',
  refreshRowPerformance: 'refreshRowPerformance',
  refreshDeclared: 'refreshDeclared',
  sweep: 'sweepWork',
  careForLake: 'careForLake',
  watch: 'watchViews',
  erase: 'eraseProfile',
} as const;

export const PROGRESS_QUERY = 'progress';
export const APPROVE_UPDATE = 'approve';
export const PAUSE_UPDATE = 'pause';
export const RESUME_UPDATE = 'resume';
export const CANCEL_UPDATE = 'cancel';
export const RETRY_SHARD_UPDATE = 'retryShard';
export const EVENTS_QUERY = 'events';

/** What runs can be searched for by; registered by every worker before it polls. */
export const SEARCH_ATTRIBUTES = {
  view: { name: 'MarqueeView', type: 'KEYWORD' },
  /** What it is doing, or how it ended: `staging`, `announced`, `rejected`, … */
  phase: { name: 'MarqueePhase', type: 'KEYWORD' },
  version: { name: 'MarqueeVersion', type: 'INT' },
} as const;

/** The workflow that refreshes each view. */
const REFRESH_TYPES: Readonly<Record<string, string>> = {
  popularity: WORKFLOW_TYPES.refresh,
  [CATALOGUE_VIEW]: WORKFLOW_TYPES.refreshCatalogue,
  [PAGES_VIEW]: WORKFLOW_TYPES.refreshPages,
  [RANKING_POLICY_VIEW]: WORKFLOW_TYPES.refreshRankingPolicy,
  [ROW_PERFORMANCE_VIEW]: WORKFLOW_TYPES.refreshRowPerformance,
};

/** Views that a worker refreshes, by schedule or when asked. */
export const REFRESHED_VIEWS: readonly ViewName[] = [
  viewName('popularity'),
  CATALOGUE_VIEW,
  PAGES_VIEW,
  RANKING_POLICY_VIEW,
  ROW_PERFORMANCE_VIEW,
];

/** Every other view is one that a file declares. */
export const refreshTypeOf = (view: ViewName): string =>
  REFRESH_TYPES[view] ?? WORKFLOW_TYPES.refreshDeclared;

/** What the ids of a region's refreshes begin with. */
const refreshIdPrefix = (region: Region): string => `${region}:refresh:`;

/** Of the schedule, and the start of the ids of the runs it begins. */
export const refreshId = (region: Region, view: ViewName): string => `${refreshIdPrefix(region)}${view}`;

/** Of the one run at a time that counts a view and publishes it, whichever refresh began it. */
export const countId = (region: Region, view: ViewName): string => `${refreshId(region, view)}:publish`;

/** Of a refresh that somebody asked for; `unique` tells it from others. */
export const askedRefreshId = (region: Region, view: ViewName, unique: string): string =>
  `${refreshId(region, view)}${ASKED}${unique}`;

/** Whether the workflow is a refresh that somebody asked for, beside the schedule. */
export const isAskedRefresh = (region: Region, view: ViewName, workflowId: string): boolean =>
  workflowId.startsWith(askedRefreshId(region, view, ''));

const ASKED = ':now-';

/** Of the schedule that trains all models, and the start of the ids of the runs it begins. */
export const trainingId = (region: Region): string => `${region}:train`;

/** Of a training that somebody asked for. */
export const askedTrainingId = (region: Region, unique: string): string =>
  `${trainingId(region)}${ASKED}${unique}`;

/** The region of any workflow's id. */
export const regionOf = (workflowId: string): Region => workflowId.split(':', 1)[0] as Region;

/** One for a region: rows are precomputed by one run at a time, whoever asks. */
export const precomputeId = (region: Region): string => `${region}:precompute`;

/** One for a region: factors are extended by one run at a time, whichever refresh began it. */
export const extendId = (region: Region): string => `${region}:extend`;

/** Of the schedule that removes working files of ended runs, and the start of the ids of the runs it begins. */
export const sweepId = (region: Region): string => `${region}:sweep`;

/** One for each erasure: asked for again while it runs, it is the same one. The id names nobody. */
export const eraseId = (region: Region, erasure: string): string => `${region}:erase:${erasure}`;

/** Of the schedule that sees to the lake's tables, and the start of the ids of the runs it begins. */
export const lakeCareId = (region: Region): string => `${region}:lake-care`;

/** Of care that somebody asked for. */
export const askedLakeCareId = (region: Region, unique: string): string =>
  `${lakeCareId(region)}${ASKED}${unique}`;

/** Of the schedule that compares the lanes, and the start of the ids of the runs it begins. */
export const reconcileId = (region: Region): string => `${region}:reconcile`;

/** Of the schedule that counts popularity whole. */
export const fullRefreshId = (region: Region, view: ViewName): string => `${refreshId(region, view)}:full`;

/** Of the schedule that looks after views, and the start of the ids of the runs it begins. */
export const watchId = (region: Region): string => `${region}:watch`;

/** Of the delivery of a notice: one for each, whoever begins it. */
export const noticeWorkflowId = (region: Region, notice: string): string => `${region}:notice:${notice}`;

/** A notice that could not be delivered for so long is given up, whatever the settings say. */
export const NOTICE_TIMEOUT_MS = 2 * 24 * 3_600_000;

/** One for each view: a second backfill cannot start while one runs. */
export const backfillId = (region: Region, view: ViewName): string => `${region}:backfill:${view}`;

/** One for a region: two backfills of events cannot run at a time, whatever their ranges. */
export const eventsBackfillId = (region: Region): string => `${region}:backfill-events`;

/** The view of a backfill's workflow id, or undefined for any other id. */
export function viewOfBackfillId(region: Region, workflowId: string): ViewName | undefined {
  const prefix = `${region}:backfill:`;
  return workflowId.startsWith(prefix) && !workflowId.slice(prefix.length).includes(':')
    ? (workflowId.slice(prefix.length) as ViewName)
    : undefined;
}
