/** What a worker registers: the names exported here are the workflow types. */
export { backfill } from './backfill.ts';
export { careForLake } from './care-for-lake.ts';
export { deliverNotice } from './deliver-notice.ts';
export { backfillEvents } from './backfill-events.ts';
export { eraseProfile } from './erase-profile.ts';
export { extendFactors } from './extend-factors.ts';
export { precomputeRows } from './precompute-rows.ts';
export { publishView } from './publish-view.ts';
export { reconcile } from './reconcile.ts';
export { refreshPopularity } from './refresh-popularity.ts';
export { refreshCatalogue, refreshPages } from './refresh-side-input.ts';
export { refreshRankingPolicy } from './refresh-ranking-policy.ts';
export { refreshRowPerformance } from './refresh-row-performance.ts';
export { refreshDeclared } from './refresh-declared.ts';
export { sweepWork } from './sweep-work.ts';
export { trainModels } from './train-models.ts';
export { watchViews } from './watch-views.ts';
