/** What operators do to views, over their adapters. Kafka is asked for at the first announcement only. */
import type { Config } from '../config.ts';
import type { KafkaClient } from '../kafka/client.ts';
import type { LogProducer } from '../kafka/producer-port.ts';
import { createOutbox } from '../notices/outbox.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { createAnnouncer } from './announcer.ts';
import { createCanaries, type Canaries } from './canaries.ts';
import { openLedger, silentAfter, type Ledger } from './ledger.ts';
import type { ViewRepository } from './repository.ts';
import { createSteering, type Steering } from './steering.ts';

export interface ViewOperationsDeps {
  readonly config: Pick<Config, 'region' | 'generation' | 'serving'>;
  readonly views: ViewRepository;
  readonly store: ObjectStore;
  readonly kafka: KafkaClient;
  readonly connectProducer: () => Promise<LogProducer>;
}

export interface ViewOperations {
  readonly views: ViewRepository;
  readonly steering: Steering;
  readonly canaries: Canaries;
  /** Who serves which version, from here on. LOG_UNAVAILABLE. */
  openLedger(): Promise<Ledger>;
  close(): Promise<void>;
}

export function createViewOperations({
  config,
  views,
  store,
  kafka,
  connectProducer,
}: ViewOperationsDeps): ViewOperations {
  const { region, generation, serving } = config;
  const announcer = createAnnouncer({ region, generation, connect: connectProducer });
  return {
    views,
    canaries: createCanaries({ store, region }),
    steering: createSteering({
      ...{ views, region, announce: announcer.announce },
      outbox: createOutbox(store, region),
    }),
    openLedger: () =>
      openLedger(kafka, { region, generation, silentMs: silentAfter(serving.statusIntervalMs) }),
    close: announcer.close,
  };
}
