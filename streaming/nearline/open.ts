/** Nearline ranking as the behaviour process runs it: the rule with its models, and how long it takes from event to rows. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyedFold } from '../../domain/keyed-fold.ts';
import type { NearlineModels } from '../../domain/nearline/models.ts';
import { createNearline, type NearlineState } from '../../domain/nearline/nearline.ts';
import { createDuckDb, type DuckDb } from '../../infra/duckdb/duckdb.ts';
import { createViewRepository } from '../../infra/hermes/repository.ts';
import type { Metrics } from '../../infra/metrics.ts';
import type { ObjectStore } from '../../infra/object-store/port.ts';
import type { ServiceContext } from '../../infra/service.ts';
import type { KeyedStates } from '../../infra/state/keyed-state.ts';
import { measureRows } from './event-to-rows.ts';
import { followModels } from './models.ts';

export interface Nearline {
  readonly fold: KeyedFold<NearlineState>;
  /** The same states, with the time measured at which rows are stored. */
  measured(states: KeyedStates<NearlineState>): KeyedStates<NearlineState>;
  /** Resolves when models were asked for, or the grace is over. */
  readonly ready: Promise<void>;
}

export function openNearline(
  { config, log: processLog, onClose }: ServiceContext,
  { store, metrics }: { readonly store: ObjectStore; readonly metrics: Metrics },
): Nearline {
  const { region, dataDir, behaviour, nearline } = config;
  const log = processLog.child({ rule: 'nearline-rows' });
  const duckdb = openWhenAsked(() =>
    createDuckDb({ threads: config.lake.threads, memoryLimitMb: config.lake.memoryLimitMb, connections: 1 }),
  );
  onClose(duckdb.close);
  // One process writes to a folder at a time; on one machine they differ by port, or live no longer than the process.
  const isPassing = behaviour.metricsPort === 0;
  const dir = join(dataDir, 'nearline', isPassing ? `0-${process.pid}` : String(behaviour.metricsPort));
  if (isPassing) onClose(() => rm(dir, { recursive: true, force: true }));
  const models = followModels({
    ...{ duckdb, dir, log, repository: createViewRepository({ store, region }) },
    pollIntervalMs: nearline.viewPollIntervalMs,
  });
  onClose(models.close);
  const { ranked, failed, measured } = measureRows(metrics);
  let failedWith: NearlineModels | undefined;
  const onFailed = (error: unknown, held: NearlineModels): void => {
    failed();
    // Once a version, not once a profile.
    if (failedWith !== held) log.error({ err: error, ...held.versions }, 'a profile cannot be ranked');
    failedWith = held;
  };
  return {
    fold: createNearline({ limits: nearline, models: models.current, onRanked: ranked, onFailed }),
    measured,
    ready: Promise.race([models.asked, sleep(nearline.startGraceMs, undefined, { ref: false })]),
  };
}

/** Most processes of a test, and all before the first training, never need one. */
function openWhenAsked(open: () => Promise<DuckDb>): Pick<DuckDb, 'use' | 'close'> {
  let opened: Promise<DuckDb> | undefined;
  return {
    async use(work) {
      opened ??= open();
      return (await opened).use(work);
    },
    async close() {
      await (await opened)?.close();
    },
  };
}
