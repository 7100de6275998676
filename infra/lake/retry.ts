import { setTimeout as sleep } from 'node:timers/promises';
import type { MarqueeError } from '../../domain/errors.ts';
import { lakeFailure } from './failure.ts';

export interface RetryOptions {
  /** Tries in all. */
  readonly attempts: number;
  /** First pause; doubles up to thirty times itself, each shortened by up to half at random. */
  readonly backoffMs: number;
  /** Called before each pause. */
  readonly onRetry?: (error: MarqueeError, attempt: number) => void;
}

/** Tries `work` again while it fails with a retryable error of the lake; throws the last one. */
export async function withLakeRetries<T>(
  table: string,
  options: RetryOptions,
  work: (attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      const failure = lakeFailure(error, table);
      if (!failure.retryable || failure.code === 'INTERNAL' || attempt >= options.attempts) throw failure;
      options.onRetry?.(failure, attempt);
      const pauseMs = options.backoffMs * Math.min(2 ** (attempt - 1), 30);
      await sleep(pauseMs * (0.5 + Math.random() / 2));
    }
  }
}
