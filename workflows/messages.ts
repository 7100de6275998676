/** What workflows take, answer and give back. Types from here may be imported by those who talk to workflows. */
import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { BackfillOrder, BackfillProgress, HourRange } from '../domain/backfill.ts';
import type { ComputePlan } from '../domain/publishing.ts';
import type { ViewName, ViewVersion } from '../domain/views.ts';

export type { BackfillProgress, BackfillResult } from '../domain/backfill.ts';
export type { PublishOutcome } from '../domain/publishing.ts';

export interface RefreshRequest {
  readonly view: ViewName;
}

/** Where a version's parts come from: everything counted anew, a range of hours laid over the parent, or a file. */
export type PublishSource =
  | { readonly kind: 'ingest' }
  | { readonly kind: 'refresh'; readonly plan: ComputePlan }
  | { readonly kind: 'backfill'; readonly plan: ComputePlan; readonly range: HourRange };

export interface PublishRequest {
  readonly view: ViewName;
  /** The version that is current: the new one is announced only while it still is. */
  readonly parent: ViewVersion | null;
  readonly source: PublishSource;
}

export interface BackfillRequest extends BackfillOrder {
  readonly approvalTimeoutMs: number;
}

export interface Approval {
  /** Who approves, for the record. */
  readonly approver: string;
}

export const progressQuery = defineQuery<BackfillProgress>('progress');
/** Refused with BACKFILL_NOT_WAITING unless the backfill waits for it. */
export const approveUpdate = defineUpdate<BackfillProgress, [Approval]>('approve');
