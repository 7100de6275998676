import { ApplicationFailure, rootCause } from '@temporalio/workflow';
import { renderMessage, type ErrorCode, type ErrorDetails } from '../domain/errors.ts';

/** The sentence at the bottom of a chain of failures. */
export const reasonOf = (error: unknown): string => rootCause(error) ?? String(error);

/** A failure of the table of errors that ends a workflow or refuses a message. */
export function refusal(code: ErrorCode, details: ErrorDetails): ApplicationFailure {
  return ApplicationFailure.nonRetryable(renderMessage(code, details), code, details);
}

/** Whether a child could not begin because of another run of its id. The SDK does not export the class to workflows. */
export const isUnderWay = (error: unknown): boolean =>
  error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError';
