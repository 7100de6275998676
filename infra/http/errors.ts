/** Errors of the table as HTTP answers: `{ code, message, … }` with the table's status, Retry-After where it helps. */
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { MarqueeError } from '../../domain/errors.ts';
import type { Log } from '../log.ts';

export interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly [detail: string]: unknown;
}

/** Whatever was thrown, as an error of the table: unknown failures become INTERNAL and say no more than that. */
export function asMarqueeError(error: unknown): MarqueeError {
  if (error instanceof MarqueeError) return error;
  return new MarqueeError('INTERNAL', { reason: 'see the log' }, { cause: error });
}

export function errorBody(error: MarqueeError): ErrorBody {
  return { ...error.details, code: error.code, message: error.message };
}

/** Seconds a caller should wait before it tries the same again. */
export const RETRY_AFTER_S = 1;

export function sendError(response: Response, error: MarqueeError): void {
  if (error.retryable && (error.status === 503 || error.status === 429)) {
    response.setHeader('Retry-After', String(RETRY_AFTER_S));
  }
  response.status(error.status).json(errorBody(error));
}

/** The last handler of an app. Logs only what the caller is not to blame for. */
export function errorHandler(log: Log): ErrorRequestHandler {
  return (thrown, request, response, next) => {
    const error = asMarqueeError(thrown);
    if (error.code === 'INTERNAL') log.error({ err: error.cause, path: request.path }, 'request failed');
    if (response.headersSent) {
      next(thrown);
      return;
    }
    sendError(response, error);
  };
}

export const notFoundHandler: RequestHandler = (request, response) => {
  sendError(response, new MarqueeError('NOT_FOUND', { path: request.path.slice(0, 200) }));
};
