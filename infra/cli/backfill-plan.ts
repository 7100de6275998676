import type { EventsOrder } from '../../domain/backfills/order.ts';
import type { EventsPlan } from '../../domain/backfills/run.ts';
import { openBackfills } from '../bin/open-backfills.ts';
import type { Config } from '../config.ts';
import { openKafka, openLake, openObjectStore } from '../connections.ts';
import { createViewRepository } from '../hermes/repository.ts';
import { silentLog } from '../log.ts';

/** What a worker would plan, worked out here. Throws BACKFILL_ORDER_INVALID, BACKFILL_ABOVE_CUT. */
export async function planBackfill(config: Config, order: EventsOrder): Promise<EventsPlan> {
  const { lake, duckdb, close } = await openLake(config, silentLog());
  const store = openObjectStore(config);
  const kafka = openKafka(config, silentLog());
  const views = createViewRepository({ store, region: config.region });
  const { backfills, close: closeBackfills } = openBackfills({ config, lake, duckdb, store, views, kafka });
  try {
    const lookups = order.answers === 'current' ? await backfills.currentLookups() : {};
    const { generation } = config;
    return await backfills.job.plan({
      order,
      generation,
      ceiling: await backfills.ceiling(),
      asOf: Date.now(),
      lookups,
    });
  } finally {
    await closeBackfills();
    await kafka.close();
    store.close();
    await close();
  }
}
