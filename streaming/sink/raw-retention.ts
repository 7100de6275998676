/** Keeps raw events in the lake for a configured time: looks for older ones now and again and deletes them. */
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { deleteOldRaw } from '../../infra/lake/raw-retention.ts';
import type { Log } from '../../infra/log.ts';

export interface RawRetentionDeps {
  readonly lake: DuckDbLake;
  readonly keepMs: number;
  readonly intervalMs: number;
  readonly log: Log;
  readonly onDeleted?: (rows: number) => void;
}

/** Any number of sinks may do this: the second finds nothing left. A failure is logged and tried again next time. */
export function startRawRetention(deps: RawRetentionDeps): { stop(): Promise<void> } {
  const { lake, keepMs, intervalMs, log } = deps;
  let running: Promise<void> = Promise.resolve();
  const look = async (): Promise<void> => {
    try {
      const { before, rows } = await deleteOldRaw(lake, { before: Date.now() - keepMs });
      if (rows === 0) return;
      deps.onDeleted?.(rows);
      log.info({ rows, before: new Date(before).toISOString() }, 'raw events were kept long enough');
    } catch (err) {
      log.warn({ err }, 'old raw events could not be deleted and stay until the next time');
    }
  };
  const timer = setInterval(() => {
    running = running.then(look);
  }, intervalMs);
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
