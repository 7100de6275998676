/** Work whose every activity a worker is killed in, and what is to be seen of it in the end. */
import { RANKING_POLICY_VIEW } from '../../../domain/ranking-policy.ts';
import { ROW_PERFORMANCE_VIEW } from '../../../domain/row-performance.ts';
import { viewName, type ViewName } from '../../../domain/views.ts';

export const MOMENTS = ['before', 'after'] as const;
export type Moment = (typeof MOMENTS)[number];

export interface Scenario {
  readonly name: string;
  readonly view: ViewName;
  readonly work: 'refresh' | 'refuse' | 'ingest' | 'train' | 'extend' | 'performance' | 'backfill';
  /** Trained. */
  readonly model?: string;
  /** All that it goes through, in order; those that others go through as well may be left out. */
  readonly activities: readonly string[];
  /** What becomes of the version. */
  readonly outcome: 'announced' | 'rejected';
  readonly settings?: Readonly<Record<string, string>>;
}

const LADDER = ['claimVersion', 'verifyVersion', 'validateVersion', 'announceVersion', 'notifySubscribers'];
const POPULARITY = viewName('popularity');

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'refresh',
    view: POPULARITY,
    work: 'refresh',
    activities: ['planRefresh', 'computePopularity', ...LADDER, 'compareLanes'],
    outcome: 'announced',
  },
  {
    name: 'train',
    view: viewName('item-weights'),
    work: 'train',
    model: 'ease',
    activities: [
      ...['planTraining', 'prepareTraining', 'trainModel', 'evaluateModel', 'stageModel', 'clearWork'],
      ...['planRows', 'computeRows', 'stageRows'],
    ],
    outcome: 'announced',
    settings: { PRECOMPUTE_MODEL: 'ease', PRECOMPUTE_SHARDS: '2', PRECOMPUTE_INTERVAL_MS: '0' },
  },
  {
    name: 'shared',
    view: viewName('item-factors'),
    work: 'train',
    model: 'als',
    activities: ['beginTraining', 'trainShard', 'endTraining'],
    outcome: 'announced',
    settings: { TRAINING_ENTRIES_PER_SHARD: '20', PRECOMPUTE_SHARDS: '2' },
  },
  {
    name: 'extend',
    view: viewName('item-factors'),
    work: 'extend',
    model: 'als',
    activities: ['findNewTitles', 'extendFactors', 'stageExtension'],
    outcome: 'announced',
    settings: { PRECOMPUTE_SHARDS: '1' },
  },
  {
    name: 'performance',
    view: ROW_PERFORMANCE_VIEW,
    work: 'performance',
    activities: ['planPerformance', 'stagePerformance'],
    outcome: 'announced',
  },
  {
    name: 'ingest',
    view: RANKING_POLICY_VIEW,
    work: 'ingest',
    activities: ['planIngest', 'ingestSource'],
    outcome: 'announced',
  },
  {
    name: 'refuse',
    view: RANKING_POLICY_VIEW,
    work: 'refuse',
    activities: ['rejectVersion'],
    outcome: 'rejected',
  },
  {
    name: 'backfill',
    view: POPULARITY,
    work: 'backfill',
    activities: ['planBackfill', 'diffRange', 'recomputeRange', 'excludeFromParity'],
    outcome: 'announced',
  },
];
