/** What is answered is kept on a topic of its own of a real broker, by serving's own code as it comes configured. */
import { randomUUID } from 'node:crypto';
import { kafkaSection } from '../../../infra/config/kafka.ts';
import { servingSection } from '../../../infra/config/serving.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { createKafka } from '../../../infra/kafka/client.ts';
import { createTopics } from '../../../infra/kafka/topics.ts';
import type { Log } from '../../../infra/log.ts';
import type { Metrics } from '../../../infra/metrics.ts';
import { keepServedRows } from '../../../serving/keep-served-rows.ts';
import type { ServedRows } from '../../../serving/served-rows.ts';

interface KeptRows {
  readonly served: ServedRows;
  /** Takes the topic away. */
  close(): Promise<void>;
}

export async function keepRows(
  brokers: string,
  { partitions, metrics, log }: { partitions: number; metrics: Metrics; log: Log },
): Promise<KeptRows> {
  const kafka = createKafka(kafkaSection.parse({ brokers }), log);
  const admin = await kafka.admin();
  const topic = `bench.${randomUUID()}.served-rows`;
  await createTopics(admin, [{ topic, numPartitions: partitions }]);
  const served = keepServedRows(servingSection.parse({}), {
    ...{ kafka, codec: createCleanCodec(), topic: () => topic },
    ...{ metrics, log },
  });
  return {
    served,
    async close() {
      await served.close();
      await admin.deleteTopics({ topics: [topic] });
      await kafka.close();
    },
  };
}
