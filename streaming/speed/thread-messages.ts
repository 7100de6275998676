/** What a process and the threads that fold for it say to one another. */
import { MarqueeError, type ErrorCode, type ErrorDetails } from '../../domain/errors.ts';
import type { CutVector } from '../../domain/manifest.ts';
import type { CountedTopic } from '../../domain/topics.ts';
import type { Config } from '../../infra/config.ts';

/** What a thread is given to begin with. */
export interface ThreadStart {
  readonly config: Config;
  /** From 1. */
  readonly thread: number;
}

export type ToThread =
  | { readonly type: 'tombstones'; readonly cut: CutVector }
  | { readonly type: 'rawHigh'; readonly question: number; readonly rawHigh: number | undefined }
  | { readonly type: 'stop' };

export type FromThread =
  | { readonly type: 'started' }
  | ({ readonly type: 'progress'; readonly records: number; readonly lag: number } & Place)
  | ({ readonly type: 'opened' | 'flush'; readonly durationMs: number } & Place)
  /** To be answered by a `rawHigh` with the same number. */
  | ({ readonly type: 'rawHigh'; readonly question: number; readonly offset: number } & Place)
  | { readonly type: 'fault'; readonly failure: Failure };

interface Place {
  readonly topic: CountedTopic;
  readonly partition: number;
}

/** An error as it passes between threads, which keep no classes. */
export interface Failure {
  readonly code: ErrorCode | undefined;
  readonly details: ErrorDetails;
  readonly message: string;
  readonly stack: string | undefined;
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error))
    return { code: undefined, details: {}, message: String(error), stack: undefined };
  const { code, details } =
    error instanceof MarqueeError ? error : { code: undefined, details: {} as ErrorDetails };
  return { code, details, message: error.message, stack: error.stack };
}

/** The error again, of the same class, with the stack it had where it was thrown. */
export function errorOf({ code, details, message, stack }: Failure): Error {
  const error = code === undefined ? new Error(message) : new MarqueeError(code, details);
  if (stack !== undefined) error.stack = stack;
  return error;
}
