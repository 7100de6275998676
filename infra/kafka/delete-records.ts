/** Makes a topic forget its beginning, for all readers, at once. */
import { logUnavailable, type KafkaClient } from './client.ts';

/** Records before `offset` of each partition go. Done again, nothing happens. Throws LOG_UNAVAILABLE. */
export async function deleteRecords(
  client: KafkaClient,
  topic: string,
  before: readonly { readonly partition: number; readonly offset: number }[],
): Promise<void> {
  try {
    const admin = await client.admin();
    const partitions = before.map(({ partition, offset }) => ({ partition, offset: String(offset) }));
    await admin.deleteTopicRecords({ topic, partitions });
  } catch (error) {
    throw logUnavailable(error);
  }
}
