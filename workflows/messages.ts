/** What workflows take, answer and give back. Types from here may be imported by those who talk to workflows. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { BackfillOrder, BackfillProgress, HourRange } from '../domain/backfill.ts';
import type { DeclaredPlan } from '../domain/declared-view.ts';
import type { EventsOrder } from '../domain/backfills/order.ts';
import type { EventsApproval, EventsPlan, EventsState } from '../domain/backfills/run.ts';
import type { ErasureProgress } from '../domain/erasure/report.ts';
import type { JobProgress, JobState } from '../domain/jobs.ts';
import type { ExtendedFactors } from '../domain/extension.ts';
import type { ComputePlan } from '../domain/publishing.ts';
import type { PerformancePlan } from '../domain/row-performance.ts';
import type {
  ModelOutcome,
  PrecomputedRows,
  PreparedSet,
  TrainedModel,
  TrainingRunPlan,
} from '../domain/training.ts';
import type { ViewName, ViewVersion } from '../domain/views.ts';

export type { BackfillProgress, BackfillResult } from '../domain/backfill.ts';
export type { EventsResult, EventsState } from '../domain/backfills/run.ts';
export type { ErasureProgress, ErasureReport } from '../domain/erasure/report.ts';
export type { JobProgress } from '../domain/jobs.ts';
export type { PublishOutcome } from '../domain/publishing.ts';
export type { TrainResult } from '../domain/training.ts';

export interface RefreshRequest {
  readonly view: ViewName;
  /** Counted whole although the current version could be gone on from; else as it comes. */
  readonly full?: boolean;
}

/**
 * Where a version's parts come from: everything counted anew, a range of hours laid over the parent, a file, a
 * model that was trained, a model that new titles were put into, how rows did, rows made ahead, or SQL of a file.
 */
export type PublishSource =
  | { readonly kind: 'ingest' }
  | { readonly kind: 'declared'; readonly plan: DeclaredPlan }
  | { readonly kind: 'extension'; readonly extension: ExtendedFactors }
  | { readonly kind: 'refresh'; readonly plan: ComputePlan; readonly full?: boolean }
  | { readonly kind: 'performance'; readonly plan: PerformancePlan }
  | { readonly kind: 'rows'; readonly rows: PrecomputedRows }
  | { readonly kind: 'training'; readonly trained: TrainedModel; readonly set: PreparedSet }
  | { readonly kind: 'erasure'; readonly erasure: string }
  | { readonly kind: 'backfill'; readonly plan: ComputePlan; readonly range: HourRange };

export interface PublishRequest {
  readonly view: ViewName;
  /** The version that is current: the new one is announced only while it still is. */
  readonly parent: ViewVersion | null;
  readonly source: PublishSource;
}

export interface TrainRequest {
  /** By name; all that there are when absent. */
  readonly models?: readonly string[];
  /** Where the run before left off, when this one carries on with its work. */
  readonly carried?: TrainingState;
  /** A run whose history is longer goes on in another; Temporal's own suggestion when absent. */
  readonly maxEvents?: number;
}

/** What a training takes along when its history is begun anew. */
export interface TrainingState {
  readonly work: string;
  readonly job: JobState;
  readonly planned: TrainingRunPlan;
  readonly set: PreparedSet;
  readonly done: readonly ModelOutcome[];
  /** Of the model after those that are done: iterations that are behind it, those for its evaluation included. */
  readonly iteration: number;
}

/** Names nobody: whose erasure it is lies sealed in the object store, until it has ended. */
export interface ErasureRequest {
  readonly id: string;
  /** Counts what there is, and changes nothing. */
  readonly dryRun: boolean;
  readonly deadlineMs: number;
  /** How long snapshots that hold the profile outlive the rewriting of their table. */
  readonly graceMs: number;
  readonly pollMs: number;
}

export interface BackfillRequest extends BackfillOrder {
  readonly approvalTimeoutMs: number;
}

export interface EventsRequest {
  readonly order: EventsOrder;
  readonly approvalTimeoutMs: number;
  /** Of the run that the order derives from, where it does. */
  readonly plan?: EventsPlan;
}

export interface Approval {
  /** Who approves, for the record. */
  readonly approver: string;
}

export const progressQuery = defineQuery<BackfillProgress>('progress');
export const erasureProgressQuery = defineQuery<ErasureProgress>('progress');
/** The same question to any other work. */
export const jobProgressQuery = defineQuery<JobProgress>('progress');
/** Refused with JOB_REFUSES where the job is not running, or is paused already. */
export const pauseUpdate = defineUpdate('pause');
/** Refused with JOB_REFUSES unless the job is paused. */
export const resumeUpdate = defineUpdate('resume');
/** Ends the job in good order; what it had begun to publish is rejected. Refused with JOB_REFUSES once it has ended. */
export const cancelUpdate = defineUpdate('cancel');
/** Refused with BACKFILL_NOT_WAITING unless the backfill waits for it. */
export const approveUpdate = defineUpdate<BackfillProgress, [Approval]>('approve');
/** What a backfill of events knows of itself. */
export const eventsQuery = defineQuery<EventsState>('events');
/** Refused with BACKFILL_NOT_WAITING unless the backfill of events waits for it. */
export const approveEventsUpdate = defineUpdate<void, [EventsApproval]>('approve');
/** Has a shard folded again: a failed one, or any while approval is waited for. Else refused with JOB_REFUSES. */
export const retryShardUpdate = defineUpdate<void, [{ readonly shard: number }]>('retryShard');
