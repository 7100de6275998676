/**
 * Who profiles are, from a service that may be slow, away or wrong. Answers are kept for a while; what has aged is given
 * as stale while it is asked for anew; calls are few at a time, each with a deadline, and none at all for a while after
 * several failed in a row. Whoever cannot be answered in time is `unavailable`: never wrong, never waited for.
 */
import {
  BrokenCircuitError,
  bulkhead,
  BulkheadRejectedError,
  circuitBreaker,
  ConsecutiveBreaker,
  handleAll,
  wrap,
} from 'cockatiel';
import { LRUCache } from 'lru-cache';
import { isMarqueeError } from '../../domain/errors.ts';
import type { ProfileAnswer } from '../../domain/side-inputs.ts';
import type { ProfileDetails } from './answer.ts';
import type { ProfileCall } from './http-call.ts';

/** What came of a call: `refused` was never sent, `doubted` was answered with some entries that could not be believed. */
export const CALL_OUTCOMES = ['answered', 'doubted', 'lied', 'late', 'failed', 'refused'] as const;
export type CallOutcome = (typeof CALL_OUTCOMES)[number];

export interface ProfileClientSettings {
  readonly deadlineMs: number;
  readonly batchSize: number;
  readonly cacheEntries: number;
  readonly ttlMs: number;
  readonly staleMs: number;
  readonly maxConcurrent: number;
  readonly maxWaiting: number;
  readonly breakerFailures: number;
  readonly breakerPauseMs: number;
}

export interface ProfileClientDeps {
  readonly settings: ProfileClientSettings;
  readonly call: ProfileCall;
  readonly onCall?: (outcome: CallOutcome, profiles: number, error?: unknown) => void;
  /** Milliseconds that never step back. */
  readonly now?: () => number;
}

export interface ProfileClient {
  /**
   * An answer for each of these profiles, within the deadline; at once where all are known. Never rejects. Profiles may
   * come more than once.
   */
  answers(profileIds: readonly string[]): Answers | Promise<Answers>;
  /** Ends calls under way. */
  close(): void;
}

export type Answers = ReadonlyMap<string, ProfileAnswer>;

interface Kept {
  readonly fresh: ProfileAnswer;
  readonly stale: ProfileAnswer;
  readonly at: number;
}

type OnAnswer = (profileId: string, answer: ProfileAnswer) => void;

const UNAVAILABLE: ProfileAnswer = { answer: 'unavailable' };
const UNKNOWN: ProfileAnswer = { answer: 'unknown' };

export function createProfileClient(deps: ProfileClientDeps): ProfileClient {
  const { settings, call, onCall, now = () => performance.now() } = deps;
  const { deadlineMs, batchSize, ttlMs, staleMs } = settings;
  const kept = new LRUCache<string, Kept>({ max: settings.cacheEntries });
  /** Profiles that somebody asks for in the background. */
  const refreshing = new Set<string>();
  const closing = new AbortController();
  const policy = wrap(
    bulkhead(settings.maxConcurrent, settings.maxWaiting),
    circuitBreaker(handleAll, {
      breaker: new ConsecutiveBreaker(settings.breakerFailures),
      halfOpenAfter: settings.breakerPauseMs,
    }),
  );

  /** Keeps what was answered and hands it to `onAnswer`; never rejects. */
  async function callOnce(
    profileIds: readonly string[],
    signal: AbortSignal,
    onAnswer: OnAnswer,
  ): Promise<void> {
    try {
      const { known, lies } = await policy.execute(() => {
        signal.throwIfAborted();
        return call(profileIds, signal);
      });
      const at = now();
      for (const [id, details] of known) {
        const one = keep(details, at);
        kept.set(id, one);
        onAnswer(id, one.fresh);
      }
      onCall?.(lies > 0 ? 'doubted' : 'answered', profileIds.length);
    } catch (error) {
      onCall?.(outcomeOf(error, signal), profileIds.length, error);
    }
  }

  /** Resolves when every call has ended or the deadline is over, whichever comes first. */
  async function callAll(profileIds: readonly string[], onAnswer: OnAnswer): Promise<void> {
    const deadline = AbortSignal.timeout(deadlineMs);
    const signal = AbortSignal.any([deadline, closing.signal]);
    const over = Promise.withResolvers<void>();
    const finish = (): void => over.resolve();
    signal.addEventListener('abort', finish, { once: true });
    const calls: Promise<void>[] = [];
    for (let from = 0; from < profileIds.length; from += batchSize) {
      calls.push(callOnce(profileIds.slice(from, from + batchSize), signal, onAnswer));
    }
    await Promise.race([Promise.all(calls), over.promise]);
    signal.removeEventListener('abort', finish);
  }

  function refresh(profileIds: readonly string[]): void {
    const due = profileIds.filter((id) => !refreshing.has(id));
    if (due.length === 0) return;
    for (const id of due) refreshing.add(id);
    void callAll(due, () => undefined).finally(() => {
      for (const id of due) refreshing.delete(id);
    });
  }

  /** Adds what is known to the answers; returns who must be asked for before an answer can be given. */
  function fromKept(profileIds: readonly string[], answers: Map<string, ProfileAnswer>): string[] {
    const at = now();
    const missing = new Set<string>();
    const aged: string[] = [];
    for (const id of profileIds) {
      if (answers.has(id) || missing.has(id)) continue;
      const found = kept.get(id);
      const age = found === undefined ? Infinity : at - found.at;
      if (found === undefined || age > ttlMs + staleMs) missing.add(id);
      else if (age <= ttlMs) answers.set(id, found.fresh);
      else {
        answers.set(id, found.stale);
        aged.push(id);
      }
    }
    refresh(aged);
    return [...missing];
  }

  return {
    answers(profileIds) {
      const answers = new Map<string, ProfileAnswer>();
      const missing = fromKept(profileIds, answers);
      if (missing.length === 0) return answers;
      const startedAt = now();
      // Not by way of the cache alone: it may be smaller than what is asked for here.
      const fresh = new Map<string, ProfileAnswer>();
      return callAll(missing, (id, answer) => fresh.set(id, answer)).then(() => {
        for (const id of missing) {
          const found = kept.get(id);
          const other = found !== undefined && found.at >= startedAt ? found.fresh : UNAVAILABLE;
          answers.set(id, fresh.get(id) ?? other);
        }
        return answers;
      });
    },
    close() {
      closing.abort();
    },
  };
}

function keep(details: ProfileDetails | null, at: number): Kept {
  if (details === null) return { fresh: UNKNOWN, stale: UNKNOWN, at };
  return { fresh: { answer: 'fresh', ...details }, stale: { answer: 'stale', ...details }, at };
}

function outcomeOf(error: unknown, signal: AbortSignal): CallOutcome {
  if (error instanceof BrokenCircuitError || error instanceof BulkheadRejectedError) return 'refused';
  if (isMarqueeError(error, 'PROFILE_SERVICE_LIED')) return 'lied';
  return signal.aborted ? 'late' : 'failed';
}
