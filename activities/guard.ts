import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { MarqueeError } from '../domain/errors.ts';

/** An activity takes one plain value and resolves with one. */
export type Activity = (input: never) => Promise<unknown>;

/** A heartbeat is due three times within its timeout. */
const BEATS = 3;

/**
 * Makes functions into activities: each says that it lives while it runs, and throws failures of the table of errors
 * under their code, so that only what may succeed when repeated is repeated.
 */
export function guarded<T extends Record<string, Activity>>(activities: T): T {
  const wrapped = Object.entries(activities).map(([name, run]) => [
    name,
    async (input: never) => {
      const stop = startHeartbeat();
      try {
        return await run(input);
      } catch (error) {
        throw toFailure(error);
      } finally {
        stop();
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}

/** Between two steps of a long activity: ends it when the workflow was cancelled. */
export function endIfCancelled(): void {
  const { cancellationSignal } = Context.current();
  if (cancellationSignal.aborted) throw new CancelledFailure('the workflow was cancelled');
}

function startHeartbeat(): () => void {
  const context = Context.current();
  const timeoutMs = context.info.heartbeatTimeoutMs;
  if (timeoutMs === undefined || timeoutMs === 0) return () => undefined;
  const timer = setInterval(() => context.heartbeat(), timeoutMs / BEATS);
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
