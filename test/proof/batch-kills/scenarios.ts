/** All that workers are killed in, and which activities nobody needs to be killed in. */
import { join } from 'node:path';
import { createActivities, type ActivityDeps } from '../../../activities/activities.ts';
import { PROFILE_ROWS_VIEW } from '../../../batch/models/precompute.ts';
import { RANKING_POLICY_VIEW } from '../../../domain/ranking-policy.ts';
import { ROW_PERFORMANCE_VIEW } from '../../../domain/row-performance.ts';
import { viewName } from '../../../domain/views.ts';
import { STEPS as BACKFILL_STEPS } from '../backfill/steps.ts';
import type { Scenario } from './scenario.ts';
import { caring } from './works/caring.ts';
import { erasing, ERASING_SETTINGS } from './works/erasing.ts';
import { rowsAreKept, serveProfiles, triedOut } from './works/looks.ts';
import { telling } from './works/telling.ts';
import { tidying } from './works/tidying.ts';
import { POPULARITY, publishing } from './works/views.ts';

const LADDER = [
  ...['claimVersion', 'verifyVersion', 'validateVersion', 'tagVersion', 'announceVersion'],
  'notifySubscribers',
];
const [WEIGHTS, FACTORS, DECLARED] = ['item-weights', 'item-factors', 'plays-by-hour'].map(viewName) as [
  ReturnType<typeof viewName>,
  ReturnType<typeof viewName>,
  ReturnType<typeof viewName>,
];
const DECLARATIONS = join(import.meta.dirname, '../../../examples/declared-views');

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'refresh',
    activities: [
      'planRefresh',
      'planCounting',
      'computePopularity',
      ...LADDER,
      'comparesLanes',
      'compareLanes',
    ],
    open: publishing({ view: POPULARITY, work: 'refresh', outcome: 'announced' }),
  },
  {
    name: 'pieces',
    activities: ['countPiece', 'joinPieces'],
    settings: { POPULARITY_EVENTS_PER_PIECE: '1000' },
    open: publishing({ view: POPULARITY, work: 'recount', outcome: 'announced' }),
  },
  {
    name: 'train',
    activities: [
      ...['planTraining', 'prepareTraining', 'trainModel', 'evaluateModel', 'stageModel', 'clearWork'],
      ...['planRows', 'computeRows', 'stageRows'],
    ],
    settings: { PRECOMPUTE_MODEL: 'ease', PRECOMPUTE_SHARDS: '2', PRECOMPUTE_INTERVAL_MS: '0' },
    open: publishing({ view: WEIGHTS, work: 'train', model: 'ease', outcome: 'announced' }),
  },
  {
    name: 'kept',
    activities: ['keepRows'],
    settings: {
      ...{ PRECOMPUTE_MODEL: 'ease', PRECOMPUTE_SHARDS: '2', PRECOMPUTE_INTERVAL_MS: '0' },
      PROFILE_ROWS_STORE: 'cassandra',
    },
    needsCassandra: true,
    open: publishing({
      ...{ view: PROFILE_ROWS_VIEW, work: 'train', model: 'ease', outcome: 'announced' },
      look: rowsAreKept,
    }),
  },
  {
    name: 'shared',
    activities: ['beginTraining', 'trainShard', 'endTraining'],
    settings: { TRAINING_ENTRIES_PER_SHARD: '20', PRECOMPUTE_SHARDS: '2' },
    open: publishing({ view: FACTORS, work: 'train', model: 'als', outcome: 'announced' }),
  },
  {
    name: 'extend',
    activities: ['findNewTitles', 'extendFactors', 'stageExtension'],
    settings: { PRECOMPUTE_SHARDS: '1' },
    open: publishing({ view: FACTORS, work: 'extend', model: 'als', outcome: 'announced' }),
  },
  {
    name: 'trial',
    activities: ['planCanary', 'openCanary', 'lookAtCanary', 'closeCanary'],
    settings: {
      ...{ CANARY_VIEWS: 'item-weights', CANARY_MIN_PROFILES: '10', CANARY_TRAFFIC_MS: '1000' },
      ...{ CANARY_BUDGET_MS: '3000', CANARY_LONGER_MS: '2000', CANARY_LOOK_MS: '1000', CANARY_EFFECT: '1' },
      ...{ CANARY_TOO_LITTLE: 'announce', PRECOMPUTE_SHARDS: '1' },
    },
    open: publishing({
      ...{ view: WEIGHTS, work: 'retrain', model: 'ease', outcome: 'announced' },
      ...{ set: serveProfiles, look: triedOut(WEIGHTS) },
    }),
  },
  {
    name: 'performance',
    activities: ['planPerformance', 'stagePerformance'],
    open: publishing({ view: ROW_PERFORMANCE_VIEW, work: 'performance', outcome: 'announced' }),
  },
  {
    name: 'ingest',
    activities: ['planIngest', 'ingestSource'],
    open: publishing({ view: RANKING_POLICY_VIEW, work: 'ingest', outcome: 'announced' }),
  },
  {
    name: 'refuse',
    activities: ['rejectVersion'],
    open: publishing({ view: RANKING_POLICY_VIEW, work: 'refuse', outcome: 'rejected' }),
  },
  {
    name: 'declare',
    activities: ['planDeclared', 'stageDeclared'],
    settings: { MARQUEE_VIEWS_DIR: DECLARATIONS },
    open: publishing({ view: DECLARED, work: 'refresh', outcome: 'announced' }),
  },
  {
    name: 'backfill',
    activities: ['planBackfill', 'diffRange', 'recomputeRange', 'excludeFromParity'],
    open: publishing({ view: POPULARITY, work: 'backfill', outcome: 'announced' }),
  },
  {
    name: 'tell',
    activities: ['watchViews', 'planDelivery', 'appendNotice', 'postNotice', 'settleNotices'],
    settings: { NOTIFY_WEBHOOK_TIMEOUT_MS: '500' },
    open: telling,
  },
  {
    name: 'tidy',
    activities: ['sweepWork', 'expireVersions'],
    settings: { VIEW_VERSIONS_KEPT: '1' },
    open: tidying,
  },
  {
    name: 'care',
    settings: { LAKE_COMPACT_LEAST_FILES: '2' },
    activities: ['lakeTables', 'tagLake', 'compactLake', 'expireLake', 'removeLakeOrphans'],
    open: caring,
  },
  {
    name: 'erase',
    activities: [
      ...['markErasure', 'behindErasure', 'logEnds', 'excludeErased', 'rewriteErased', 'versionsWithErased'],
      ...['stageErased', 'removeVersions', 'eraseLetters', 'expireErased', 'trimLogs', 'auditErasure'],
      ...['endErasure', 'surveyErasure'],
    ],
    settings: ERASING_SETTINGS,
    needsCassandra: true,
    open: erasing,
  },
];

/** Activities that nobody is killed in, each with the reason. */
export const SPARED: Readonly<Record<string, string>> = {};

/** By the name under which it runs: every activity that a worker registers. */
export function registeredActivities(): readonly string[] {
  // Making them asks their dependencies for nothing but to be there.
  const anything: unknown = new Proxy(() => undefined, { get: () => anything });
  return Object.keys(createActivities(anything as ActivityDeps));
}

/** Those that no scenario and no step of `prove:batch -- backfill` kills a worker in, and that are not spared either. */
export function forgotten(): readonly string[] {
  const met = new Set([...SCENARIOS.flatMap(({ activities }) => activities), ...BACKFILL_STEPS]);
  return registeredActivities().filter((name) => !met.has(name) && !(name in SPARED));
}
