import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { ERRORS, MarqueeError, type ErrorCode, type ErrorDetails } from '../../domain/errors.ts';

/** Waits for a workflow, and throws the error of ours at the bottom of its failure. */
export async function outcomeOf<T>(wait: () => Promise<T>): Promise<T> {
  try {
    return await wait();
  } catch (error) {
    throw error instanceof WorkflowFailedError ? ownError(error) : error;
  }
}

/** The error of the table that a chain of failures ends in; INTERNAL where it ends in none. */
export function ownError(failure: unknown): MarqueeError {
  let bottom: unknown = failure;
  for (let at: unknown = failure; at instanceof Error; at = at.cause) {
    if (at instanceof ApplicationFailure && isCode(at.type)) {
      return new MarqueeError(at.type, (at.details?.[0] ?? {}) as ErrorDetails, { cause: failure });
    }
    bottom = at;
  }
  return new MarqueeError('INTERNAL', { reason: sentenceOf(bottom) }, { cause: failure });
}

const isCode = (type: string | null | undefined): type is ErrorCode =>
  typeof type === 'string' && Object.hasOwn(ERRORS, type);

function sentenceOf(bottom: unknown): string {
  if (bottom instanceof CancelledFailure) return 'the workflow was cancelled';
  if (bottom instanceof TerminatedFailure) return 'the workflow was terminated';
  if (bottom instanceof TimeoutFailure) return 'the workflow ran out of time';
  return bottom instanceof Error ? bottom.message : String(bottom);
}
