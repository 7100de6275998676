/** Errors of the table as problem details (RFC 9457), with the table's status, and Retry-After where it helps. */
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { MarqueeError } from '../../domain/errors.ts';
import type { Log } from '../log.ts';

/** Callers decide by `code`; `type` says the same as a URI, and `detail` the same as `message`. */
export interface ErrorBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
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
  const { code, message, status, details } = error;
  const title = STATUS_CODES[status] ?? 'Error';
  return { ...details, type: `urn:marquee:error:${code}`, title, status, detail: message, code, message };
}

/** Seconds a caller should wait before it tries the same again. */
export const RETRY_AFTER_S = 1;

export const PROBLEM_TYPE = 'application/problem+json';

function sendError(response: ServerResponse, error: MarqueeError): void {
  if (error.retryable && (error.status === 503 || error.status === 429)) {
    response.setHeader('Retry-After', String(RETRY_AFTER_S));
  }
  // What went wrong once may go well at once after.
  response.setHeader('Cache-Control', 'no-store');
  const body = Buffer.from(JSON.stringify(errorBody(error)));
  response.statusCode = error.status;
  response.setHeader('Content-Type', `${PROBLEM_TYPE}; charset=utf-8`);
  response.setHeader('Content-Length', body.length);
  response.end(body);
}

/** Answers with whatever was thrown; says false where an answer was begun. Logs only what the caller is not to blame for. */
export function answerErrors(log: Log): (thrown: unknown, path: string, response: ServerResponse) => boolean {
  return (thrown, path, response) => {
    const error = asMarqueeError(thrown);
    if (error.code === 'INTERNAL') log.error({ err: error.cause, path }, 'request failed');
    if (response.headersSent) return false;
    sendError(response, error);
    return true;
  };
}

/** The last handler of an app. */
export function errorHandler(log: Log): ErrorRequestHandler {
  const answer = answerErrors(log);
  return (thrown, request, response, next) => {
    if (!answer(thrown, request.path, response)) next(thrown);
  };
}

export const notFoundHandler: RequestHandler = (request, response) => {
  sendError(response, new MarqueeError('NOT_FOUND', { path: request.path.slice(0, 200) }));
};
