/** `/livez`, `/readyz` and `/metrics`, the same for every process. */
import { Router } from 'express';
import type { Metrics } from '../metrics.ts';

/** Each check resolves when its dependency answers; the answer names those that do not. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<unknown>>>;

export interface ProbesOptions {
  readonly checks: ReadinessChecks;
  readonly metrics: Metrics;
  readonly checkTimeoutMs?: number;
  /** Whether `/readyz` says why a check fails, which may name servers; true unless given. */
  readonly tellsWhy?: boolean;
}

const CHECK_TIMEOUT_MS = 2_000;

/** A process is live as long as it answers, and ready when every check passes in time. */
export function createProbes(options: ProbesOptions): Router {
  const { checks, metrics, checkTimeoutMs = CHECK_TIMEOUT_MS, tellsWhy = true } = options;
  const router = Router();
  router.get('/livez', (_request, response) => {
    response.json({ live: true });
  });
  router.get('/readyz', async (_request, response) => {
    const entries = await Promise.all(
      Object.entries(checks).map(
        async ([name, check]) => [name, await outcome(check, checkTimeoutMs)] as const,
      ),
    );
    const ready = entries.every(([, result]) => result === 'ok');
    const told = entries.map(([name, result]) => [name, tellsWhy || result === 'ok' ? result : 'failed']);
    response.status(ready ? 200 : 503).json({ ready, checks: Object.fromEntries(told) as object });
  });
  router.get('/metrics', async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.render());
  });
  return router;
}

async function outcome(check: () => Promise<unknown>, timeoutMs: number): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => {
      resolve(`no answer within ${timeoutMs} ms`);
    }, timeoutMs);
  });
  const done = check().then(
    () => 'ok',
    (error: unknown) => (error instanceof Error ? error.message : 'failed'),
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
