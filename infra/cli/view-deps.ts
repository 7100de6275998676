/** What commands about views stand on: the repository, a way to announce, and the ledger of subscribers. */
import { setTimeout } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { openKafka, openObjectStore } from '../connections.ts';
import { createAnnouncer } from '../hermes/announcer.ts';
import { openLedger, silentAfter, type Ledger } from '../hermes/ledger.ts';
import { createViewRepository, type ViewRepository } from '../hermes/repository.ts';
import { createSteering, type Steering } from '../hermes/steering.ts';
import { createProducer } from '../kafka/producer.ts';
import { createLog } from '../log.ts';
import type { CliDeps } from './deps.ts';

export interface ViewDeps {
  readonly config: Config;
  readonly views: ViewRepository;
  readonly steering: Steering;
  readonly openLedger: () => Promise<Ledger>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly now: () => number;
}

const MAX_ANNOUNCEMENT_BYTES = 64 << 10;

/** Opens them for one command, and closes them whatever becomes of it. Kafka is needed only by those who ask it. */
export async function withViews(deps: CliDeps, act: (all: ViewDeps) => Promise<void>): Promise<void> {
  const config = deps.loadConfig();
  const { region, generation } = config;
  const store = openObjectStore(config);
  const kafka = openKafka(config, createLog({ name: 'cli', level: 'error' }));
  const announcer = createAnnouncer({
    ...{ region, generation },
    connect: () => createProducer(kafka, { maxRecordBytes: MAX_ANNOUNCEMENT_BYTES }),
  });
  const views = createViewRepository({ store, region });
  try {
    await act({
      ...{ config, views },
      steering: createSteering({ views, announce: announcer.announce }),
      openLedger: () =>
        openLedger(kafka, {
          ...{ region, generation },
          silentMs: silentAfter(config.serving.statusIntervalMs),
        }),
      sleep: (ms) => setTimeout(ms),
      now: Date.now,
    });
  } finally {
    await announcer.close();
    await kafka.close();
    store.close();
  }
}
