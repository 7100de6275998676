/** The adapters behind `/v1/ops/views`. Nothing connects before an operator asks. */
import type { Config } from '../../infra/config.ts';
import { createAnnouncer } from '../../infra/hermes/announcer.ts';
import { createStandingLedger, openLedger, silentAfter } from '../../infra/hermes/ledger.ts';
import type { ViewRepository } from '../../infra/hermes/repository.ts';
import { createSteering } from '../../infra/hermes/steering.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import type { LogProducer } from '../../infra/kafka/producer-port.ts';
import type { ViewOps } from './views.ts';

export interface ViewOpsDeps {
  readonly config: Pick<Config, 'region' | 'generation' | 'serving'>;
  readonly views: ViewRepository;
  readonly kafka: KafkaClient;
  readonly connectProducer: () => Promise<LogProducer>;
}

export interface OpenViewOps {
  readonly viewOps: ViewOps;
  close(): Promise<void>;
}

export function openViewOps({ config, views, kafka, connectProducer }: ViewOpsDeps): OpenViewOps {
  const { region, generation, serving } = config;
  const announcer = createAnnouncer({ region, generation, connect: connectProducer });
  const silentMs = silentAfter(serving.statusIntervalMs);
  const ledger = createStandingLedger(() => openLedger(kafka, { region, generation, silentMs }));
  return {
    viewOps: { views, ledger, steering: createSteering({ views, announce: announcer.announce }) },
    async close() {
      await Promise.all([announcer.close(), ledger.close()]);
    },
  };
}
