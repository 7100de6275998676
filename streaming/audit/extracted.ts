/** Asks how far the extract group has come, so that what an empty fetch proves is known. */
import { createReach, noteReach, type Reach } from '../../domain/audit/reach.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import type { EpochMs } from '../../domain/time.ts';
import { topicName } from '../../domain/topics.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { committedOffsets, logBounds } from '../../infra/kafka/offsets.ts';

export interface ExtractedDeps {
  readonly kafka: KafkaClient;
  readonly region: Region;
  readonly generation: Generation;
  /** Wall clock in milliseconds that never steps back. */
  readonly now: () => EpochMs;
}

export interface Extracted {
  /** Throws LOG_UNAVAILABLE; what was known stays. */
  ask(): Promise<void>;
  /**
   * To be called when a fetch has found a topic-partition to hold nothing more: the time up to which that is proven. It is what was
   * known when the fetch before had ended, hence before this one was sent; 0 for nothing.
   */
  provenBy(topic: string, partition: number): EpochMs;
}

export function trackExtracted({ kafka, region, generation, now }: ExtractedDeps): Extracted {
  const rawTopic = topicName(region, generation, 'raw-events');
  const reaches = new Map<number, Reach>();
  const before = new Map<string, EpochMs>();
  return {
    async ask() {
      const at = now();
      const bounds = await logBounds(kafka, rawTopic);
      const decided = await committedOffsets(kafka, `${region}.extract.${generation}`, rawTopic);
      for (const { partition, start, end } of bounds) {
        const reach = reaches.get(partition) ?? createReach();
        reaches.set(partition, reach);
        // What is gone from the log's start is decided by nobody.
        noteReach(reach, at, end, Math.max(start, decided.get(partition) ?? 0));
      }
    },
    provenBy(topic, partition) {
      const key = `${topic}/${partition}`;
      const proven = before.get(key) ?? 0;
      before.set(key, reaches.get(partition)?.reached ?? 0);
      return proven;
    },
  };
}
