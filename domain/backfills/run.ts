/** Backfills of events, as they run and as they are told: plain data that goes through workflows, the API and the CLI. */
import type { MeasureSums } from '../backfill.ts';
import type { Generation } from '../ids.ts';
import type { CutVector, TableInput } from '../manifest.ts';
import type { TouchedBlocks } from '../parity/exclusions.ts';
import type { CleanTopic } from '../topics.ts';
import type { ViewName, ViewVersion } from '../views.ts';
import type { DerivedChange } from './derived-words.ts';
import type { LeftBehind } from './leaves.ts';
import type { EventsOrder } from './order.ts';

/** Raw offsets [from, to) of a partition, folded by one activity. */
export interface RawShard {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  /** Raw events there are in the lake. */
  readonly rows: number;
  readonly bytes: number;
}

/** What will be read and what it will take; the same snapshots are read by every shard. */
export interface EventsPlan {
  readonly generation: Generation;
  /** `raw_events` and the clean tables, those without rows left out. */
  readonly inputs: readonly TableInput[];
  readonly shards: readonly RawShard[];
  readonly rows: number;
  readonly bytes: number;
  /** Raw events before the shards that are read to know what came twice. */
  readonly warmRows: number;
  /** Rows of the lake that the order is about; 0 where it is about events that are not there. */
  readonly cleanRows: number;
  /** Seconds that one worker should take. */
  readonly estimatedSeconds: number;
  /** First offset of each counted partition that must not be touched: the lowest cut that may be served. Null: no view yet. */
  readonly ceiling: CutVector | null;
  /** Shards under way at a time. */
  readonly window: number;
  /** Names of what is worked out from the rows in question and stays as it is. Absent in plans of before it was told. */
  readonly leaves?: readonly string[];
  /** Versions of the views that enrichment looks in; none where it goes by what was recorded. */
  readonly lookups: Readonly<Record<string, ViewVersion>>;
}

/** What folding a shard anew came to, in rows of the lake. */
export interface ShardCounts {
  /** Raw events that were folded. */
  readonly raw: number;
  /** The fold says today what the lake says. */
  readonly same: number;
  readonly replaced: number;
  /** The fold makes no clean record of them today. */
  readonly removed: number;
  /** That the lake does not have: put in by a bootstrap, sent by a fill, only told by a correction. */
  readonly missing: number;
  /** Rows whose raw event is no longer kept: they stay as they are. */
  readonly withoutRaw: number;
}

export const NO_COUNTS: ShardCounts = { raw: 0, same: 0, replaced: 0, removed: 0, missing: 0, withoutRaw: 0 };

export const addCounts = (a: ShardCounts, b: ShardCounts): ShardCounts => ({
  raw: a.raw + b.raw,
  same: a.same + b.same,
  replaced: a.replaced + b.replaced,
  removed: a.removed + b.removed,
  missing: a.missing + b.missing,
  withoutRaw: a.withoutRaw + b.withoutRaw,
});

export interface FailedShard {
  readonly shard: number;
  readonly reason: string;
}

export interface AuditCheck {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** What was looked at before anybody is asked. With a check that is not ok nothing is changed. */
export interface ShadowAudit {
  readonly checks: readonly AuditCheck[];
  /** Rows of the shadow by table. */
  readonly rows: Readonly<Partial<Record<CleanTopic, number>>>;
  /** Blocks in which the lanes will differ on purpose. */
  readonly blocks: TouchedBlocks;
}

export const isSound = ({ checks }: ShadowAudit): boolean => checks.every(({ ok }) => ok);
export const shadowRows = ({ rows }: ShadowAudit): number =>
  Object.values(rows).reduce((sum, more) => sum + more, 0);

export const TITLE_CHANGES = ['added', 'removed', 'changed'] as const;
export type TitleChangeKind = (typeof TITLE_CHANGES)[number];

/** A title that the view will tell otherwise; sums are over the hours that were looked at. */
export interface TitleChange {
  readonly titleId: string;
  readonly change: TitleChangeKind;
  readonly before: MeasureSums;
  readonly after: MeasureSums;
  /** Rows (country and hour) of it that change. */
  readonly rows: number;
}

/** Titles named in a difference; the rest is counted. */
export const MOST_TITLES = 500;

/** What a view will say otherwise. */
export interface ViewDiff {
  readonly view: ViewName;
  /** The version that it was held against. */
  readonly base: ViewVersion;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** Largest movers first, at most `MOST_TITLES`. */
  readonly titles: readonly TitleChange[];
  readonly before: MeasureSums;
  readonly after: MeasureSums;
  /** Shadow rows judged out of every window: they are in totals, and in no hour that was looked at. */
  readonly outOfWindows: number;
}

export const titlesIn = ({ added, removed, changed }: ViewDiff): number => added + removed + changed;

/** A view that reads the changed tables and is not compared: how it follows. */
export interface FollowingView {
  readonly view: string;
  readonly follows: string;
}

export interface EventsDiff {
  readonly views: readonly ViewDiff[];
  readonly following: readonly FollowingView[];
  /** What is worked out from the changed events, and not worked out anew. Absent in differences of before it was told. */
  readonly leaves?: readonly LeftBehind[];
  /** What is worked out from them and will be worked out anew. Absent in differences of before that was done. */
  readonly derived?: readonly DerivedChange[];
}

export const EVENTS_PHASES = [
  ...['planning', 'replaying', 'auditing', 'comparing', 'waiting', 'swapping', 'deriving', 'redriving'],
  ...['publishing', 'cancelling', 'done'],
] as const;
/** `waiting`: for approval. `replaying` with failed shards and nothing under way: for a retry. */
export type EventsPhase = (typeof EVENTS_PHASES)[number];

export interface EventsApproval {
  readonly approver: string;
  /** ISO instant, by the clock of who asked for it. */
  readonly at: string;
}

/** Answer to the query `events`. */
export interface EventsState {
  readonly order: EventsOrder;
  readonly plan: EventsPlan | null;
  readonly shardsDone: number;
  readonly failedShards: readonly FailedShard[];
  readonly counts: ShardCounts;
  readonly audit: ShadowAudit | null;
  readonly diff: EventsDiff | null;
  readonly approval: EventsApproval | null;
}

export const EVENTS_OUTCOMES = [
  ...(['dry-run', 'unchanged', 'refused', 'expired', 'cancelled'] as const),
  ...(['announced', 'rejected', 'followed', 'derived'] as const),
] as const;
/**
 * `refused`: by the audit. `announced`: a version with it is current. `rejected`: the lake is corrected, and validators
 * refused the version. `followed`: another refresh had counted it already. `derived`: what follows from events that were
 * corrected before was said anew; no view counts it.
 */
export type EventsOutcome = (typeof EVENTS_OUTCOMES)[number];

export interface Swapped {
  readonly replaced: number;
  readonly removed: number;
  readonly added: number;
}

export interface Redriven {
  /** Raw events that were sent again. */
  readonly sent: number;
  /** Of those, clean records in the lake when it was last looked. */
  readonly landed: number;
}

export interface EventsResult extends EventsState {
  readonly outcome: EventsOutcome;
  readonly swapped: Swapped | null;
  readonly redriven: Redriven | null;
  /** What was said anew of what is worked out from the events. Null: nothing was to be. Absent in results of before that was done. */
  readonly derived?: readonly DerivedChange[] | null;
  /** Why it was not said, or not all of it, though the events are corrected. Absent in results of before that was told. */
  readonly underivable?: string | null;
  readonly version: ViewVersion | null;
  readonly rule: string | null;
  readonly reason: string | null;
}
