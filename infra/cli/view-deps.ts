/** What commands about views stand on: the repository, a way to announce, and the ledger of subscribers. */
import { setTimeout } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { openKafka, openObjectStore } from '../connections.ts';
import { createViewRepository } from '../hermes/repository.ts';
import { createViewOperations, type ViewOperations } from '../hermes/view-operations.ts';
import { createProducer } from '../kafka/producer.ts';
import { createLog } from '../log.ts';
import type { CliDeps } from './deps.ts';

export interface ViewDeps extends Omit<ViewOperations, 'close'> {
  readonly config: Config;
  readonly sleep: (ms: number) => Promise<void>;
  readonly now: () => number;
}

const MAX_ANNOUNCEMENT_BYTES = 64 << 10;

/** Opens them for one command, and closes them whatever becomes of it. Kafka is needed only by those who ask it. */
export async function withViews(deps: CliDeps, act: (all: ViewDeps) => Promise<void>): Promise<void> {
  const config = deps.loadConfig();
  const store = openObjectStore(config);
  const kafka = openKafka(config, createLog({ name: 'cli', level: 'error' }));
  const { close, ...operations } = createViewOperations({
    ...{ config, store, kafka, views: createViewRepository({ store, region: config.region }) },
    connectProducer: () => createProducer(kafka, { maxRecordBytes: MAX_ANNOUNCEMENT_BYTES }),
  });
  try {
    await act({ ...{ config, ...operations }, sleep: (ms) => setTimeout(ms), now: Date.now });
  } finally {
    await close();
    await kafka.close();
    store.close();
  }
}
