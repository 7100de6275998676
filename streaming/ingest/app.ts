/** Ingestion over HTTP: `POST /v1/events`, and the probes. Never binds a port. */
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import { MarqueeError } from '../../domain/errors.ts';
import type { Config } from '../../infra/config.ts';
import { openAccess, type Access } from '../../infra/http/auth/access.ts';
import { createGate, UNLIMITED, type Gate } from '../../infra/http/auth/gate.ts';
import { createAccessRules } from '../../infra/http/auth/rules.ts';
import { errorHandler, notFoundHandler, RETRY_AFTER_S } from '../../infra/http/errors.ts';
import { createProbes, type ReadinessChecks } from '../../infra/http/probes.ts';
import type { LogProducer } from '../../infra/kafka/producer-port.ts';
import type { Log } from '../../infra/log.ts';
import type { Metrics } from '../../infra/metrics.ts';
import { createAcceptor, type Acceptor, type Answer } from './acceptor.ts';
import type { BodyFormat } from './cut-events.ts';
import { createIngestInstruments, type IngestInstruments } from './instruments.ts';
import { createMicroBatcher, type RawTopic } from './micro-batcher.ts';
import { readBody } from './read-body.ts';

export interface IngestDeps {
  /** Concurrent sends are fine; closed by `close`. */
  readonly producer: LogProducer;
  /** The raw topic and its partition count. */
  readonly topic: string;
  readonly partitions: number;
  readonly settings: Omit<Config['ingest'], 'host' | 'port'>;
  /** Who is let in, and how much each may ask; everybody, at the rate of the settings, where it is absent. */
  readonly admission?: IngestAdmission;
  readonly checks: ReadinessChecks;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface IngestAdmission {
  readonly access: Access;
  readonly limits: Pick<Config['limits'], 'profileRequestsPerMinute' | 'requestsAtOnce'>;
}

/** What callers need; a path that is not here is denied. */
export const INGEST_RULES = createAccessRules([
  { path: '/livez', needs: 'nothing' },
  { path: '/readyz', needs: 'nothing' },
  { path: '/metrics', methods: ['GET'], needs: 'ops:read' },
  { path: '/v1/events', methods: ['POST'], needs: 'events:write' },
]);

export interface IngestApp {
  readonly app: Express;
  /** Events go to this topic from now on. */
  moveTo(target: RawTopic): void;
  /** Sends what is buffered, then closes the producer. Call after the server stopped taking requests. */
  close(): Promise<void>;
}

const DRAIN_MS = 1_000;

export function createIngestApp(deps: IngestDeps): IngestApp {
  const { producer, settings, metrics, log } = deps;
  const batcher = createMicroBatcher(producer, {
    ...deps.settings,
    topic: deps.topic,
    partitions: deps.partitions,
  });
  const acceptor = createAcceptor(batcher, settings);
  const instruments = createIngestInstruments(metrics, batcher.bufferedBytes);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(helmet());
  const gate = createIngestGate(deps);
  app.post('/v1/events', postEvents({ gate, acceptor, instruments, maxBodyBytes: settings.maxBodyBytes }));
  app.use(gate.handler);
  const tellsWhy = deps.admission?.access.asksForCredentials !== true;
  app.use(createProbes({ checks: deps.checks, metrics, tellsWhy }));
  app.use(notFoundHandler);
  app.use(errorHandler(log));
  return { app, moveTo: batcher.moveTo, close: batcher.close };
}

function createIngestGate({ admission, settings, metrics, log }: IngestDeps): Gate {
  const perMinute = settings.requestsPerMinute;
  const access = admission?.access ?? openAccess(metrics, log);
  const limits = admission && {
    perMinuteOfProfile: admission.limits.profileRequestsPerMinute,
    atOnce: admission.limits.requestsAtOnce,
  };
  return createGate({ access, rules: INGEST_RULES, limits: { ...UNLIMITED, ...limits, perMinute } });
}

interface PostDeps {
  readonly gate: Gate;
  readonly acceptor: Acceptor;
  readonly instruments: IngestInstruments;
  readonly maxBodyBytes: number;
}

function postEvents({ gate, acceptor, instruments, maxBodyBytes }: PostDeps): RequestHandler {
  return async (request, response) => {
    const started = performance.now();
    try {
      const caller = await gate.admit(request, response);
      const format = formatOf(request);
      const body = await readBody(request, maxBodyBytes);
      instruments.bytes.inc(body.length);
      const answer = await acceptor.accept(body, format, isVerbose(request), caller?.profiles);
      count(instruments, answer);
      if (answer.status === 503) response.setHeader('Retry-After', String(RETRY_AFTER_S));
      response.status(answer.status).json(answer.body);
    } catch (error) {
      if (!request.complete) stopReading(request, response);
      throw error;
    } finally {
      instruments.seconds.observe((performance.now() - started) / 1000);
      instruments.requests.inc({ status: String(response.statusCode) });
    }
  };
}

/**
 * Answers before the body has come whole. What still arrives is thrown away for a moment, so that the caller reads the
 * answer instead of a reset; then the connection is cut.
 */
function stopReading(request: Request, response: Response): void {
  request.resume();
  response.once('finish', () => {
    if (request.complete) return;
    const cut = setTimeout(() => {
      request.destroy();
    }, DRAIN_MS);
    request.once('close', () => {
      clearTimeout(cut);
    });
  });
}

function isVerbose({ query }: Request): boolean {
  return query['verbose'] === 'true' || query['verbose'] === '1';
}

function formatOf(request: Request): BodyFormat {
  const header = request.headers['content-type'] ?? 'none';
  const type = (header.split(';', 1)[0] ?? '').trim().toLowerCase();
  const charset = /charset=("?)([^;"]+)\1/i.exec(header)?.[2]?.toLowerCase() ?? 'utf-8';
  if (charset !== 'utf-8' && charset !== 'utf8') {
    throw new MarqueeError('BODY_INVALID', { reason: `charset ${charset.slice(0, 40)} is not utf-8` });
  }
  if (type === 'application/json') return 'json';
  if (type === 'application/x-ndjson') return 'ndjson';
  throw new MarqueeError('BODY_INVALID', {
    reason: `content type ${type.slice(0, 80)} is neither application/json nor application/x-ndjson`,
  });
}

function count(instruments: IngestInstruments, { body }: Answer): void {
  if (body.accepted > 0) instruments.accepted.inc(body.accepted);
  for (const { code } of body.results) if (code !== undefined) instruments.refused.inc({ code });
}
