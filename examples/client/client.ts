/** A client of the serving API whose paths, parameters and answers are those of the OpenAPI document. */
import createFetchClient, { type Client } from 'openapi-fetch';
import type { components, paths } from './api.ts';

export type Row = components['schemas']['Row'];
export type TitleCounts = components['schemas']['TitleCounts'];
export type Problem = components['schemas']['Error'];

export interface ClientOptions {
  /** `http://127.0.0.1:4000` */
  readonly baseUrl: string;
  /** Sent as `Authorization: Bearer …`. */
  readonly token?: string;
  /** A request that takes longer is given up with a `TimeoutError`. */
  readonly timeoutMs?: number;
  readonly fetch?: (request: Request) => Promise<Response>;
}

export type MarqueeClient = Client<paths>;

const TIMEOUT_MS = 2000;

/** `GET`, `POST` and so on take a path of the document and resolve with `{ data, error, response }`. */
export function createMarqueeClient(options: ClientOptions): MarqueeClient {
  const { baseUrl, token, timeoutMs = TIMEOUT_MS, fetch: send = fetch } = options;
  return createFetchClient<paths>({
    baseUrl,
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    fetch: (request) =>
      send(
        new Request(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]) }),
      ),
  });
}

/** What the API refused, or could not do. Decide by `problem.code`. */
export class ProblemError extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(problem.message);
    this.name = 'ProblemError';
    this.status = status;
    this.problem = problem;
  }
}

/** What was answered, for callers who would rather catch: throws ProblemError for anything but a good answer. */
export async function dataOf<T>(
  asked: Promise<{ readonly data?: T; readonly error?: unknown; readonly response: Response }>,
): Promise<T> {
  const { data, error, response } = await asked;
  if (data !== undefined) return data;
  throw new ProblemError(response.status, asProblem(error, response.status));
}

/** Something between the caller and Marquee may have answered in its own words. */
function asProblem(error: unknown, status: number): Problem {
  const isProblem = typeof error === 'object' && error !== null && 'code' in error && 'message' in error;
  return isProblem ? (error as Problem) : unknownProblem(status);
}

function unknownProblem(status: number): Problem {
  const message = `Answered with ${status}`;
  return { type: 'about:blank', title: message, status, detail: message, code: 'UNKNOWN', message };
}
