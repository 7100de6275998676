/** Probes and metrics of a process that has no API of its own. */
import express from 'express';
import type { Metrics } from '../metrics.ts';
import { listen, type HttpServer } from './listen.ts';
import { createProbes, type ReadinessChecks } from './probes.ts';

/** Listens on loopback; port 0 takes any free one. */
export function serveProbes(
  port: number,
  metrics: Metrics,
  checks: ReadinessChecks = {},
): Promise<HttpServer> {
  const app = express();
  app.disable('x-powered-by');
  app.use(createProbes({ checks, metrics }));
  return listen(app, { host: '127.0.0.1', port });
}
