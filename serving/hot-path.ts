/**
 * Pages and rows of profiles without Express, for requests that ask nothing out of the ordinary: the same steps in the same
 * order, with the same answer to the last header (a test holds both together), for a fraction of the time. Everything else
 * goes to the app.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { parse } from 'node:querystring';
import { profileId } from '../domain/ids.ts';
import type { Gate } from '../infra/http/auth/gate.ts';
import { takesCompressed } from '../infra/http/compress.ts';
import type { Shedder } from '../infra/http/shed.ts';
import { JSON_TYPE, SOURCE_HEADER } from './home/router.ts';
import type { HomeAnswers, HomeRequest } from './home/answers.ts';
import type { ServingMetrics } from './metrics.ts';

export interface HotPathDeps {
  readonly shedder: Pick<Shedder, 'enter'>;
  /** What every answer has. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly gate: Pick<Gate, 'admit'>;
  readonly answers: Pick<HomeAnswers, 'home' | 'row'>;
  readonly measured: Pick<ServingMetrics, 'noteRequest'>;
  /** Answers with what went wrong. */
  readonly onError: (error: unknown, path: string, response: ServerResponse) => void;
  /** Takes every other request. */
  readonly app: RequestListener;
}

/** Of ids and rows that are written as they are: what is encoded, and odd paths, Express may read. */
const HOT = /^(\/v1\/profiles\/([\w.-]{1,128})\/(?:home|rows\/([\w.:-]{1,300})))(?:$|\?)/;
/** Of the cache: what is about a person stays with that person. */
const OWN = 'private, no-store';
const ROUTES = { home: '/v1/profiles/:id/home', row: '/v1/profiles/:id/rows/:row' } as const;

export function createHotPath(deps: HotPathDeps): RequestListener {
  const { shedder, gate, answers, measured } = deps;
  const constant = [['Vary', 'Accept-Encoding'], ['Cache-Control', OWN], ...deps.headers] as const;
  const flat = [...constant.flat(), 'Content-Type', JSON_TYPE];

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    [, path = '', id = '', row]: RegExpExecArray,
  ): Promise<void> {
    const begun = performance.now();
    const { headers, socket } = request;
    try {
      await gate.admit({ method: 'GET', headers, socket, path }, response);
      const profile = profileId(id);
      const asked = createAsked(request);
      const written = await (row === undefined
        ? answers.home(asked, profile)
        : answers.row(asked, profile, row));
      const { body, header } = written;
      const bytes = Buffer.byteLength(body);
      response.writeHead(200, [...flat, SOURCE_HEADER, header, 'Content-Length', String(bytes)]);
      // Text of one byte a character is sent as it is.
      response.end(body, bytes === body.length ? 'latin1' : 'utf8');
    } catch (error) {
      if (!response.headersSent) for (const [name, value] of constant) response.setHeader(name, value);
      deps.onError(error, path, response);
    }
    const route = row === undefined ? ROUTES.home : ROUTES.row;
    measured.noteRequest(route, response.statusCode, (performance.now() - begun) / 1000);
  }

  return (request, response) => {
    const { method, url = '', headers } = request;
    const hot = method === 'GET' && !takesCompressed(headers['accept-encoding']) ? HOT.exec(url) : null;
    if (hot === null) deps.app(request, response);
    else if (shedder.enter(request as IncomingMessage & { url: string }, response))
      void answer(request, response, hot);
  };
}

/** The query is taken apart only where nobody asked the same before. */
function createAsked({ url = '', headers }: IncomingMessage): HomeRequest {
  return {
    url,
    headers,
    get query() {
      const at = url.indexOf('?');
      return parse(at < 0 ? '' : url.slice(at + 1));
    },
  };
}
