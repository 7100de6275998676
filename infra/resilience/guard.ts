/**
 * What stands between a request and a store it reads from: few reads under way at a time (bulkhead), a second read where
 * the first takes long (hedge), a time by which there is an answer or an error (deadline), and no reads at all for a while
 * after too many went wrong (breaker). Breaker and bulkhead are cockatiel's.
 */
import {
  BrokenCircuitError,
  bulkhead,
  BulkheadRejectedError,
  circuitBreaker,
  CircuitState,
  CountBreaker,
  handleWhen,
} from 'cockatiel';
import { withDeadline } from './deadline.ts';
import { createHedge, type HedgeOutcome } from './hedge.ts';

export interface GuardSettings {
  readonly deadlineMs: number;
  /** Reads under way, those that were given up and have not ended yet among them. */
  readonly mostAtOnce: number;
  /** 0 for none. */
  readonly hedgeAfterMs: number;
  readonly hedgeMostShare: number;
  /** The newest reads that the breaker goes by, and the share of them that has to go wrong. */
  readonly breakerReads: number;
  readonly breakerShare: number;
  /** Then one read is tried. */
  readonly breakerPauseMs: number;
}

/** `late`: not within the deadline. `full`: too many under way. `refused`: not tried, since the breaker was open. */
export const READ_OUTCOMES = ['answered', 'failed', 'late', 'full', 'refused'] as const;
export type ReadOutcome = (typeof READ_OUTCOMES)[number];

export interface GuardDeps {
  readonly settings: GuardSettings;
  /** Whether an error is an honest answer of a store that works; the breaker does not count those. */
  readonly isAnswer?: (error: unknown) => boolean;
  readonly onRead?: (outcome: ReadOutcome) => void;
  readonly onHedge?: (outcome: HedgeOutcome) => void;
}

export interface Guard {
  /** Throws what the read threw, or GuardError where there was no answer to be had. A read must end some time. */
  read<T>(read: () => Promise<T>): Promise<T>;
  isOpen(): boolean;
  underWay(): number;
}

/** Why a store was not asked, or not waited for. */
export class GuardError extends Error {
  readonly outcome: Exclude<ReadOutcome, 'answered' | 'failed'>;

  constructor(outcome: GuardError['outcome'], message: string) {
    super(message);
    this.name = 'GuardError';
    this.outcome = outcome;
  }
}

export function createGuard({ settings, isAnswer = () => false, onRead, onHedge }: GuardDeps): Guard {
  const { deadlineMs, mostAtOnce, breakerReads } = settings;
  const slots = bulkhead(mostAtOnce, 0);
  const hedged = createHedge({
    afterMs: settings.hedgeAfterMs,
    mostShare: settings.hedgeMostShare,
    ...(onHedge && { onHedge }),
  });
  const breaker = circuitBreaker(
    handleWhen((error) => !isAnswer(error)),
    {
      breaker: new CountBreaker({
        threshold: settings.breakerShare,
        size: breakerReads,
        minimumNumberOfCalls: Math.ceil(breakerReads / 2),
      }),
      halfOpenAfter: settings.breakerPauseMs,
    },
  );
  const late = (): Error => new GuardError('late', `it did not answer within ${deadlineMs} ms`);
  return {
    async read(read) {
      try {
        const answer = await breaker.execute(() =>
          withDeadline(
            hedged(() => slots.execute(read)),
            deadlineMs,
            late,
          ),
        );
        onRead?.('answered');
        return answer;
      } catch (thrown) {
        const error = asGuardError(thrown, mostAtOnce);
        onRead?.(error instanceof GuardError ? error.outcome : isAnswer(error) ? 'answered' : 'failed');
        throw error;
      }
    },
    isOpen: () => breaker.state === CircuitState.Open,
    underWay: () => mostAtOnce - slots.executionSlots,
  };
}

function asGuardError(error: unknown, mostAtOnce: number): unknown {
  if (error instanceof BrokenCircuitError)
    return new GuardError('refused', 'it went wrong too often just now');
  if (error instanceof BulkheadRejectedError)
    return new GuardError('full', `${mostAtOnce} reads are under way`);
  return error;
}
