import { condition, setHandler, workflowInfo } from '@temporalio/workflow';
import type { EventsOrder } from '../domain/backfills/order.ts';
import {
  addCounts,
  NO_COUNTS,
  type EventsApproval,
  type EventsState,
  type ShardCounts,
} from '../domain/backfills/run.ts';
import { refusal } from './failures.ts';
import { approveEventsUpdate, eventsQuery, retryShardUpdate } from './messages.ts';

/** What a backfill of events says of itself, and what it is told: approvals and retries of shards. */
export interface EventsTracker {
  readonly state: EventsState;
  advance(change: Partial<EventsState>): void;
  /** Takes note of a shard: what it came to, or why it failed. */
  shardEnded(shard: number, ended: ShardCounts | { readonly reason: string }): void;
  /** Waits until somebody wants the failed shard tried again. */
  retryOf(shard: number): Promise<void>;
  /** Waits, while approval is asked for, for one or for the number of a shard to be folded anew; undefined when nothing came in time. */
  decision(timeoutMs: number): Promise<'approved' | number | undefined>;
}

/** Begins to answer. Call it before anything is awaited. */
export function trackEvents(order: EventsOrder): EventsTracker {
  let state: EventsState = {
    ...{ order, plan: null, shardsDone: 0, failedShards: [], counts: NO_COUNTS },
    ...{ audit: null, diff: null, approval: null },
  };
  const ended = new Map<number, ShardCounts>();
  const wanted = new Set<number>();
  let isAsking = false;
  const { workflowId } = workflowInfo();

  const isFailed = (shard: number): boolean => state.failedShards.some((one) => one.shard === shard);
  const countShards = (): void => {
    const counts = [...ended.values()].reduce(addCounts, NO_COUNTS);
    state = { ...state, shardsDone: ended.size, counts };
  };

  setHandler(eventsQuery, () => state);
  setHandler(
    approveEventsUpdate,
    (approval: EventsApproval): void => {
      isAsking = false;
      state = { ...state, approval };
    },
    {
      validator: ({ approver }: EventsApproval): void => {
        if (!isAsking) throw refusal('BACKFILL_NOT_WAITING', { id: workflowId, phase: 'at work' });
        if (approver.trim() === '')
          throw refusal('REQUEST_INVALID', { field: 'approver', shape: 'empty', expected: 'who approves' });
      },
    },
  );
  setHandler(
    retryShardUpdate,
    ({ shard }: { shard: number }): void => {
      wanted.add(shard);
      if (!isAsking) return;
      // What was looked over and compared is no longer what would be approved.
      isAsking = false;
      state = { ...state, audit: null, diff: null };
    },
    {
      validator: ({ shard }: { shard: number }): void => {
        if (isFailed(shard) || (isAsking && ended.has(shard))) return;
        const verb = `told to fold shard ${shard} again`;
        throw refusal('JOB_REFUSES', { id: workflowId, state: 'otherwise at work', verb });
      },
    },
  );

  return {
    get state() {
      return state;
    },
    advance: (change) => void (state = { ...state, ...change }),
    shardEnded(shard, came) {
      const others = state.failedShards.filter((one) => one.shard !== shard);
      if ('reason' in came) {
        ended.delete(shard);
        state = { ...state, failedShards: [...others, { shard, reason: came.reason }] };
      } else {
        ended.set(shard, came);
        state = { ...state, failedShards: others };
      }
      countShards();
    },
    async retryOf(shard) {
      await condition(() => wanted.delete(shard));
    },
    async decision(timeoutMs) {
      isAsking = true;
      const isDecided = await condition(() => state.approval !== null || wanted.size > 0, timeoutMs);
      isAsking = false;
      if (!isDecided) return undefined;
      if (state.approval !== null) return 'approved';
      const [shard] = wanted;
      wanted.delete(shard!);
      return shard;
    },
  };
}
