import {
  ScheduleNotFoundError,
  type Client,
  type ScheduleDescription,
  type ScheduleHandle,
} from '@temporalio/client';
import { isDeepStrictEqual } from 'node:util';
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import type { Temporal } from './client.ts';

/** A workflow that begins by itself every so often. */
export interface ScheduleSpec {
  readonly id: string;
  readonly workflowType: string;
  readonly args: readonly unknown[];
  readonly everyMs: number;
  readonly offsetMs: number;
  readonly jitterMs: number;
  readonly overlap: 'SKIP' | 'BUFFER_ONE';
  readonly catchupWindowMs: number;
  /** A run that takes longer is ended. */
  readonly timeoutMs: number;
  readonly note: string;
  readonly reason: string;
}

export interface AppliedSchedule {
  readonly id: string;
  readonly change: 'created' | 'updated' | 'unchanged' | 'removed';
}

export interface DryRun {
  readonly dryRun?: boolean | undefined;
}

export interface ListedSchedule {
  readonly id: string;
  readonly workflowType: string;
  readonly everyMs: number | null;
  readonly paused: boolean;
  /** ISO instants; null when there is none. */
  readonly lastRun: string | null;
  readonly nextRun: string | null;
}

export interface ScheduleClient {
  /** Creates what is missing and updates what differs; a dry run says so only. An operator's pause is left as it is. */
  apply(specs: readonly ScheduleSpec[], options?: DryRun): Promise<AppliedSchedule[]>;
  /** A run under way comes to its end. One that is not there is none to remove. */
  remove(ids: readonly string[]): Promise<AppliedSchedule[]>;
  /** Those whose ids begin with the prefix, at most `limit` (default 100). */
  list(prefix: string, limit?: number): Promise<ListedSchedule[]>;
  /** No run begins by itself until it is resumed; `who` and why are kept. SCHEDULE_NOT_FOUND, as the others. */
  pause(id: string, note: string): Promise<void>;
  resume(id: string, note: string): Promise<void>;
  /** Begins a run at once, by the schedule's own rule of overlap. */
  trigger(id: string): Promise<void>;
}

export function createSchedules(temporal: Temporal): ScheduleClient {
  const { taskQueue } = temporal;

  async function applyOne(client: Client, spec: ScheduleSpec, dryRun: boolean): Promise<AppliedSchedule> {
    const handle = client.schedule.getHandle(spec.id);
    const existing = await handle.describe().catch((error: unknown) => {
      if (error instanceof ScheduleNotFoundError) return undefined;
      throw error;
    });
    const options = optionsOf(spec, taskQueue);
    if (existing === undefined) {
      if (dryRun) return { id: spec.id, change: 'created' };
      await client.schedule.create({ scheduleId: spec.id, ...options, state: { note: spec.note } });
      return { id: spec.id, change: 'created' };
    }
    if (isDeepStrictEqual(described(existing), wanted(spec, taskQueue)))
      return { id: spec.id, change: 'unchanged' };
    if (dryRun) return { id: spec.id, change: 'updated' };
    await handle.update(({ state }) => ({ ...options, state: { paused: state.paused, note: spec.note } }));
    return { id: spec.id, change: 'updated' };
  }

  async function about(id: string, work: (handle: ScheduleHandle) => Promise<void>): Promise<void> {
    try {
      await temporal.request((client) => work(client.schedule.getHandle(id)));
    } catch (error) {
      throw error instanceof ScheduleNotFoundError ? new MarqueeError('SCHEDULE_NOT_FOUND', { id }) : error;
    }
  }

  return {
    async apply(specs, { dryRun = false } = {}) {
      const applied: AppliedSchedule[] = [];
      for (const spec of specs)
        applied.push(await temporal.request((client) => applyOne(client, spec, dryRun)));
      return applied;
    },
    async remove(ids) {
      for (const id of ids)
        await about(id, async (handle) => {
          await handle.delete();
        }).catch((error: unknown) => {
          if (!isMarqueeError(error, 'SCHEDULE_NOT_FOUND')) throw error;
        });
      return ids.map((id) => ({ id, change: 'removed' }));
    },
    pause: (id, note) => about(id, (handle) => handle.pause(note)),
    resume: (id, note) => about(id, (handle) => handle.unpause(note)),
    trigger: (id) => about(id, (handle) => handle.trigger()),
    list: (prefix, limit = 100) =>
      temporal.request(async (client) => {
        const found: ListedSchedule[] = [];
        for await (const { scheduleId, spec, action, state, info } of client.schedule.list()) {
          if (!scheduleId.startsWith(prefix)) continue;
          found.push({
            id: scheduleId,
            workflowType: action?.workflowType ?? 'unknown',
            everyMs: spec?.intervals?.[0]?.every ?? null,
            paused: state.paused,
            lastRun: info.recentActions.at(-1)?.takenAt.toISOString() ?? null,
            nextRun: info.nextActionTimes[0]?.toISOString() ?? null,
          });
          if (found.length >= limit) break;
        }
        return found;
      }),
  };
}

const optionsOf = (spec: ScheduleSpec, taskQueue: string) => ({
  spec: { intervals: [{ every: spec.everyMs, offset: spec.offsetMs }], jitter: spec.jitterMs },
  action: {
    type: 'startWorkflow' as const,
    workflowType: spec.workflowType,
    workflowId: spec.id,
    taskQueue,
    args: [...spec.args],
    workflowExecutionTimeout: spec.timeoutMs,
    memo: { schedule: spec.id, note: spec.note, reason: spec.reason },
  },
  policies: { overlap: spec.overlap, catchupWindow: spec.catchupWindowMs },
});

/** What of a schedule a declaration decides. */
const wanted = (spec: ScheduleSpec, taskQueue: string) => ({
  every: [[spec.everyMs, spec.offsetMs]],
  jitter: spec.jitterMs,
  reason: spec.reason,
  workflowType: spec.workflowType,
  workflowId: spec.id,
  taskQueue,
  args: spec.args,
  timeoutMs: spec.timeoutMs,
  overlap: spec.overlap,
  catchupWindow: spec.catchupWindowMs,
  note: spec.note,
});

const described = ({ spec, action, policies, state }: ScheduleDescription) => ({
  every: spec.intervals?.map(({ every, offset }) => [every, offset ?? 0]),
  jitter: spec.jitter ?? 0,
  reason: action.memo?.['reason'],
  workflowType: action.workflowType,
  workflowId: action.workflowId,
  taskQueue: action.taskQueue,
  args: action.args,
  timeoutMs: action.workflowExecutionTimeout as number | undefined,
  overlap: policies.overlap,
  catchupWindow: policies.catchupWindow,
  note: state.note,
});
