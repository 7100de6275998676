import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { MarqueeError } from '../domain/errors.ts';
import { interruptible } from '../infra/duckdb/interruption.ts';

/** An activity takes one plain value and resolves with one. */
export type Activity = (input: never) => Promise<unknown>;

/** A heartbeat is due three times within its timeout. */
const BEATS = 3;

/** How far an activity has come; goes with its heartbeats. */
export interface ActivityProgress {
  /** Share done, 0 to 1, where it is known. */
  readonly share?: number;
  readonly step?: string;
}

const progress = new WeakMap<Context, ActivityProgress>();

/**
 * Makes functions into activities: each says that it lives while it runs and how far it has come, stops what DuckDB does
 * for it when it is cancelled, and throws failures of the table of errors under their code, so that only what may succeed
 * when repeated is repeated.
 */
export function guarded<T extends Record<string, Activity>>(activities: T): T {
  const wrapped = Object.entries(activities).map(([name, run]) => [
    name,
    async (input: never) => {
      const { cancellationSignal } = Context.current();
      const stop = startHeartbeat();
      try {
        return await interruptible(cancellationSignal, () => run(input));
      } catch (error) {
        // An interrupted statement says so in words of its own.
        throw cancellationSignal.aborted ? cancelled() : toFailure(error);
      } finally {
        stop();
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}

/** Between two steps of a long activity: ends it when the workflow was cancelled. */
export function endIfCancelled(): void {
  if (Context.current().cancellationSignal.aborted) throw cancelled();
}

/** Between two steps of a long activity: tells how far it has come, and ends it when the workflow was cancelled. */
export function report(change: ActivityProgress): void {
  const context = Context.current();
  progress.set(context, { ...progress.get(context), ...change });
  endIfCancelled();
}

/** The same for jobs that name what comes next, and for those that tell the share done. */
export const reportStep = (step: string): void => report({ step });
export const reportShare = (share: number): void => report({ share });

const cancelled = (): CancelledFailure => new CancelledFailure('the workflow was cancelled');

function startHeartbeat(): () => void {
  const context = Context.current();
  const timeoutMs = context.info.heartbeatTimeoutMs;
  if (timeoutMs === undefined || timeoutMs === 0) return () => undefined;
  const timer = setInterval(() => context.heartbeat(progress.get(context)), timeoutMs / BEATS);
  return () => clearInterval(timer);
}

function toFailure(error: unknown): unknown {
  // Adapters wrap what passes through them.
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof CancelledFailure) return at;
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof MarqueeError) {
    return ApplicationFailure.create({
      message: error.message,
      type: error.code,
      nonRetryable: !error.retryable,
      details: [error.details],
      cause: error,
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  const internal = new MarqueeError('INTERNAL', { reason });
  return ApplicationFailure.create({
    message: internal.message,
    type: internal.code,
    nonRetryable: false,
    details: [internal.details],
    ...(error instanceof Error ? { cause: error } : {}),
  });
}
