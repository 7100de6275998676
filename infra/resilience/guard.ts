/**
 * What stands between a request and a store it reads from: few reads under way at a time (bulkhead), a second read where
 * the first takes long (hedge), a time by which there is an answer or an error (deadline), and no reads at all for a while
 * after too many went wrong (breaker, which is cockatiel's).
 */
import { BrokenCircuitError, circuitBreaker, CircuitState, CountBreaker, handleWhen } from 'cockatiel';
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
  let underWay = 0;
  const hedged = createHedge({
    afterMs: settings.hedgeAfterMs,
    mostShare: settings.hedgeMostShare,
    ...(onHedge && { onHedge }),
  });
  const counts = new CountBreaker({
    threshold: settings.breakerShare,
    size: breakerReads,
    minimumNumberOfCalls: Math.ceil(breakerReads / 2),
  });
  const breaker = circuitBreaker(
    handleWhen((error) => !isAnswer(error)),
    { breaker: counts, halfOpenAfter: settings.breakerPauseMs },
  );
  const late = (): Error => new GuardError('late', `it did not answer within ${deadlineMs} ms`);
  const leave = (): void => {
    underWay -= 1;
  };

  const send = <T>(read: () => Promise<T>): Promise<T> => {
    if (underWay >= mostAtOnce)
      return Promise.reject(new GuardError('full', `${mostAtOnce} reads are under way`));
    underWay += 1;
    const sent = begun(read);
    sent.then(leave, leave);
    return sent;
  };
  const attempt = <T>(read: () => Promise<T>): Promise<T> =>
    withDeadline(
      hedged(() => send(read)),
      deadlineMs,
      late,
    );
  const answered = <T>(answer: T): T => {
    onRead?.('answered');
    return answer;
  };
  const failed = (thrown: unknown): never => {
    const error = asGuardError(thrown);
    onRead?.(error instanceof GuardError ? error.outcome : isAnswer(error) ? 'answered' : 'failed');
    throw error;
  };
  return {
    read(read) {
      if (breaker.state !== CircuitState.Closed)
        return breaker.execute(() => attempt(read)).then(answered, failed);
      // As the breaker itself does it for a read that answers, without its four promises.
      const attempted = attempt(read);
      return attempted.then(
        (answer) => {
          counts.success(CircuitState.Closed);
          return answered(answer);
        },
        // While it is open by others it has nothing to learn from this one.
        (error: unknown) =>
          breaker.state === CircuitState.Closed
            ? breaker.execute(() => attempted).catch(failed)
            : failed(error),
      );
    },
    isOpen: () => breaker.state === CircuitState.Open,
    underWay: () => underWay,
  };
}

/** What a read throws before it is under way is its answer. */
function begun<T>(read: () => Promise<T>): Promise<T> {
  try {
    return read();
  } catch (error) {
    return Promise.resolve().then(() => {
      throw error;
    });
  }
}

const asGuardError = (error: unknown): unknown =>
  error instanceof BrokenCircuitError ? new GuardError('refused', 'it went wrong too often just now') : error;
