/** What runs by itself, as data. Applied by `marquee schedule apply`, told by `marquee schedule list`. */
import { CATALOGUE_VIEW } from '../domain/catalogue.ts';
import type { Region } from '../domain/ids.ts';
import { LAKE_CARE_TIMEOUT_MS } from '../domain/lake-care.ts';
import { PAGES_VIEW } from '../domain/pages.ts';
import { REFRESH_TIMEOUT_MS } from '../domain/publishing.ts';
import { RANKING_POLICY_VIEW } from '../domain/ranking-policy.ts';
import { ROW_PERFORMANCE_VIEW } from '../domain/row-performance.ts';
import { TRAINING_TIMEOUT_MS } from '../domain/training.ts';
import { viewName, type ViewName } from '../domain/views.ts';
import {
  fullRefreshId,
  lakeCareId,
  reconcileId,
  refreshId,
  refreshTypeOf,
  sweepId,
  trainingId,
  watchId,
  WORKFLOW_TYPES,
} from '../domain/workflow-ids.ts';
import type { RefreshRequest, TrainRequest } from './messages.ts';

/** SKIP: a run that is due while the one before still runs is left out. BUFFER_ONE: it waits, and stands for all that do. */
export type Overlap = 'SKIP' | 'BUFFER_ONE';

export interface ScheduleDeclaration {
  /** Also the start of the ids of the runs it begins. */
  readonly id: string;
  readonly workflowType: string;
  readonly args: readonly [RefreshRequest] | readonly [TrainRequest] | readonly [];
  readonly everyMs: number;
  /** Views of which each run makes a version, or finds that they need none: else they are overdue. */
  readonly promises: readonly ViewName[];
  /** After each whole interval since 1970, so that what runs by night does. */
  readonly offsetMs: number;
  /** Runs begin up to so much later, by chance: regions that share servers do not begin together. */
  readonly jitterMs: number;
  readonly overlap: Overlap;
  /** Runs missed while Temporal was down are made up if they were due within this time before it came back. */
  readonly catchupWindowMs: number;
  /** A run that takes longer is ended. */
  readonly timeoutMs: number;
  readonly note: string;
  /** Why it is due so often, overlaps so and is made up so. */
  readonly reason: string;
}

export interface ScheduleSettings {
  readonly region: Region;
  readonly refreshIntervalMs: number;
  /** Absent: not scheduled. */
  readonly fullRefreshIntervalMs?: number | undefined;
  readonly trainingIntervalMs?: number | undefined;
  readonly rowPerformanceIntervalMs?: number | undefined;
  readonly sweepIntervalMs?: number | undefined;
  readonly lakeCareIntervalMs?: number | undefined;
  /** Absent where the view has no source. */
  readonly catalogueIntervalMs?: number | undefined;
  readonly pagesIntervalMs?: number | undefined;
  readonly rankingPolicyIntervalMs?: number | undefined;
  /** Absent where nobody looks after views. */
  readonly watchIntervalMs?: number | undefined;
  /** Views that training makes. */
  readonly trainedViews?: readonly ViewName[];
  /** Views that files declare. */
  readonly declaredViews?: readonly DeclaredSchedule[];
  /** Absent where the lanes are compared after each version of popularity alone. */
  readonly parityIntervalMs?: number | undefined;
}

/** A declared view, as far as its schedule goes. */
export interface DeclaredSchedule {
  readonly view: ViewName;
  readonly everyMs: number;
  readonly note: string;
}

const POPULARITY_VIEW = viewName('popularity');
const HOUR_MS = 3_600_000;
/** At night in UTC, one after the other: training reads what the count has just had in its caches. */
const COUNTED_AT_MS = 3 * HOUR_MS;
const TRAINED_AT_MS = 4 * HOUR_MS;
/** When little else runs. */
const SWEPT_AT_MS = 2 * HOUR_MS;
/** After the versions that are no longer kept are gone, whose snapshots nobody needs then. */
const CARED_AT_MS = 2.5 * HOUR_MS;
const MOST_JITTER_MS = 60_000;

const DECLARED_REASON =
  'A run reads all that a missed one would have, and finds nothing to do where its tables have not moved.';
const SOURCE_REASON =
  'A source is read as it is now: one run stands for all that were missed, and a second beside it finds the same bytes.';

export function declareSchedules(settings: ScheduleSettings): ScheduleDeclaration[] {
  const { region } = settings;
  const source = (view: ViewName, everyMs: number | undefined, note: string): ScheduleDeclaration[] =>
    scheduled(everyMs, refresh(region, view), { note, reason: SOURCE_REASON });
  return [
    ...scheduled(settings.refreshIntervalMs, refresh(region, POPULARITY_VIEW), {
      note: 'Counts what is new in the popularity view and publishes it',
      reason:
        'A run counts up to the newest cut, so one stands for all that were missed; two at once would race for one number.',
    }),
    ...scheduled(settings.fullRefreshIntervalMs, fullRefresh(region), {
      offsetMs: COUNTED_AT_MS,
      note: 'Counts the popularity view whole and holds that against counting on',
      reason:
        'It must come to what counting on came to, so once a night is enough; a missed night is made up within the day.',
    }),
    ...scheduled(settings.trainingIntervalMs, training(region, settings.trainedViews ?? []), {
      offsetMs: TRAINED_AT_MS,
      note: 'Trains all models and publishes those that are no worse',
      reason:
        'Fold-in covers the day between; a training that outlasts its day makes the next one needless, a missed one is made up.',
    }),
    ...scheduled(settings.rowPerformanceIntervalMs, refresh(region, ROW_PERFORMANCE_VIEW), {
      note: 'Works out how rows and places in them did lately',
      reason:
        'A row does what it does over weeks, so an hour is soon enough; a run reads all that a missed one would have.',
    }),
    ...source(CATALOGUE_VIEW, settings.catalogueIntervalMs, 'Publishes the catalogue as its source has it'),
    ...source(PAGES_VIEW, settings.pagesIntervalMs, 'Publishes the pages as their source has them'),
    ...source(
      RANKING_POLICY_VIEW,
      settings.rankingPolicyIntervalMs,
      'Publishes how rows are ranked as the file declares it',
    ),
    ...(settings.declaredViews ?? []).flatMap(({ view, everyMs, note }) =>
      scheduled(everyMs, refresh(region, view), { note, reason: DECLARED_REASON }),
    ),
    ...scheduled(settings.watchIntervalMs, watching(region), {
      note: 'Looks which views are overdue and which subscribers lag, and has told what operators did',
      reason: 'A look sees all that a missed one would have; two at once would find the same.',
    }),
    ...scheduled(settings.sweepIntervalMs, sweeping(region), {
      offsetMs: SWEPT_AT_MS,
      note: 'Removes working files that terminated runs left, and parts of versions that are no longer kept',
      reason:
        'Nobody waits for it, and what one run leaves out the next finds; a missed night is made up within the day.',
    }),
    ...scheduled(settings.lakeCareIntervalMs, caring(region), {
      offsetMs: CARED_AT_MS,
      note: 'Tags snapshots of servable versions, compacts sealed hours, removes old snapshots and orphans',
      reason:
        'Files are many after a day, not after an hour; what one run leaves out the next finds, and two at once would do the same work.',
    }),
    ...scheduled(settings.parityIntervalMs, reconciling(region), {
      overlap: 'BUFFER_ONE',
      note: 'Compares what the lanes counted in finished blocks',
      reason:
        'A run has a bound on its blocks: one that is due meanwhile waits and takes on what is left, so that none stays uncompared.',
    }),
  ];
}

type Begun = Pick<ScheduleDeclaration, 'id' | 'workflowType' | 'args' | 'timeoutMs' | 'promises'>;
type Chosen = Pick<ScheduleDeclaration, 'note' | 'reason'> &
  Partial<Pick<ScheduleDeclaration, 'offsetMs' | 'overlap'>>;

function scheduled(everyMs: number | undefined, begun: Begun, chosen: Chosen): ScheduleDeclaration[] {
  if (everyMs === undefined) return [];
  const { offsetMs = 0, overlap = 'SKIP', ...told } = chosen;
  return [
    {
      ...begun,
      everyMs,
      offsetMs: offsetMs % everyMs,
      jitterMs: Math.min(MOST_JITTER_MS, Math.floor(everyMs / 20)),
      overlap,
      // The newest missed run stands for all: one interval back there is just one.
      catchupWindowMs: everyMs,
      ...told,
    },
  ];
}

const refresh = (region: Region, view: ViewName): Begun => ({
  id: refreshId(region, view),
  workflowType: refreshTypeOf(view),
  args: [{ view }],
  timeoutMs: REFRESH_TIMEOUT_MS,
  promises: [view],
});

const fullRefresh = (region: Region): Begun => ({
  ...refresh(region, POPULARITY_VIEW),
  id: fullRefreshId(region, POPULARITY_VIEW),
  args: [{ view: POPULARITY_VIEW, full: true }],
});

const training = (region: Region, promises: readonly ViewName[]): Begun => ({
  id: trainingId(region),
  workflowType: WORKFLOW_TYPES.train,
  args: [{}],
  timeoutMs: TRAINING_TIMEOUT_MS,
  promises,
});

const reconciling = (region: Region): Begun => ({
  ...refresh(region, POPULARITY_VIEW),
  id: reconcileId(region),
  workflowType: WORKFLOW_TYPES.reconcile,
  promises: [],
});

const caring = (region: Region): Begun => ({
  ...sweeping(region),
  id: lakeCareId(region),
  workflowType: WORKFLOW_TYPES.careForLake,
  timeoutMs: LAKE_CARE_TIMEOUT_MS,
});

const sweeping = (region: Region): Begun => ({
  id: sweepId(region),
  workflowType: WORKFLOW_TYPES.sweep,
  args: [],
  timeoutMs: REFRESH_TIMEOUT_MS,
  promises: [],
});

const watching = (region: Region): Begun => ({
  ...sweeping(region),
  id: watchId(region),
  workflowType: WORKFLOW_TYPES.watch,
});
