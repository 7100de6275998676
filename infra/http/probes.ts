/** `/livez`, `/readyz` and `/metrics`, the same for every process. */
import { Router } from 'express';
import type { Metrics } from '../metrics.ts';

/** Each check resolves when its dependency answers; the answer names those that do not. */
export type ReadinessChecks = Readonly<Record<string, () => Promise<unknown>>>;

export interface ProbesOptions {
  readonly checks: ReadinessChecks;
  readonly metrics: Metrics;
  readonly checkTimeoutMs?: number;
}

const CHECK_TIMEOUT_MS = 2_000;

/** A process is live as long as it answers, and ready when every check passes in time. */
export function createProbes({ checks, metrics, checkTimeoutMs = CHECK_TIMEOUT_MS }: ProbesOptions): Router {
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
    response.status(ready ? 200 : 503).json({ ready, checks: Object.fromEntries(entries) });
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
