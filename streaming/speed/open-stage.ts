/** The speed stage with connections of its own: what one thread of a process runs. */
import type { CutVector } from '../../domain/manifest.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { createStoredRegistry } from '../../infra/avro/registry.ts';
import type { Config } from '../../infra/config.ts';
import {
  maxRecordBytesOf,
  openKafka,
  openKafkaWithoutRetries,
  openObjectStore,
} from '../../infra/connections.ts';
import { createProducer } from '../../infra/kafka/producer.ts';
import type { Log } from '../../infra/log.ts';
import { runSpeedStage, type SpeedStageDeps } from './stage.ts';

/** What a stage asks of the process it runs in, and tells it. */
export type StageHooks = Required<
  Pick<SpeedStageDeps, 'rawHighBelow' | 'onFault' | 'onProgress' | 'onOpened' | 'onFlush'>
>;

/** Stages as a process holds them, in one thread or in several. */
export interface OpenStage {
  /** Rejects with what ended a stage that was not stopped. */
  readonly closed: Promise<void>;
  /** Clears up the blocks that lie below the cuts of every servable view. */
  tombstoneBelow(cut: CutVector): void;
  /** Flushes and stores what it has, and closes its connections. */
  stop(): Promise<void>;
}

export async function openSpeedStage(config: Config, log: Log, hooks: StageHooks): Promise<OpenStage> {
  const { region, generation, partitions, blockSize, speed } = config;
  const store = openObjectStore(config);
  const kafka = openKafka(config, log);
  const outgoing = openKafkaWithoutRetries(config, log);
  const closeConnections = async (): Promise<void> => {
    await outgoing.close();
    await kafka.close();
    store.close();
  };
  try {
    const producer = await createProducer(outgoing, { maxRecordBytes: maxRecordBytesOf(config) });
    const stage = runSpeedStage({
      ...{ kafka, producer, store, region, generation, partitions, blockSize, speed, log, ...hooks },
      codec: createCleanCodec(createStoredRegistry(store, region)),
    });
    return {
      closed: stage.closed,
      tombstoneBelow: stage.tombstoneBelow,
      async stop() {
        await stage.stop();
        await producer.close();
        await closeConnections();
      },
    };
  } catch (error) {
    await closeConnections();
    throw error;
  }
}
