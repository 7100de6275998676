/** Headers that are the same for every answer, worked out once. */
import type { Request, RequestHandler, Response } from 'express';

/** What a handler sets that sets headers and nothing else, whoever asks. Throws RangeError for one that does not go on at once. */
export function constantHeaders(handler: RequestHandler): RequestHandler {
  const headers = headersOf(handler);
  return (_request, response, next) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    next();
  };
}

/** The same, as they are. */
export function headersOf(handler: RequestHandler): readonly (readonly [name: string, value: string])[] {
  const headers: (readonly [name: string, value: string])[] = [];
  const taker = {
    setHeader: (name: string, value: string) => void headers.push([name, value]),
    removeHeader: () => undefined,
  };
  let goesOn = false;
  void handler({ headers: {} } as unknown as Request, taker as unknown as Response, (error?: unknown) => {
    goesOn = error === undefined;
  });
  if (!goesOn) throw new RangeError('these headers are not the same for every answer');
  return headers;
}
