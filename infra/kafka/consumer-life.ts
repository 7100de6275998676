/** What the parts of one life of a group member share: see consumer-session.ts. */
import type { Consumer } from 'kafkajs';
import { MarqueeError } from '../../domain/errors.ts';
import type { KafkaClient } from './client.ts';
import type { LogHandlers } from './consumer-port.ts';
import type { OffsetCommits } from './offset-commits.ts';
import type { PartitionBounds } from './offsets.ts';
import type { Stay, Stays } from './partition-turns.ts';

export interface SessionOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly handlers: LogHandlers;
  /** Whether one member gets the partitions of one number of all topics. */
  readonly coPartitioned?: boolean;
  /** See `ConsumerOptions.readsAhead`. */
  readonly readsAhead?: boolean;
  /** Told whenever the broker answered that a partition holds nothing from our position on. */
  readonly onEmptyFetch?: (topic: string, partition: number) => void;
  /** Told whenever the broker answered a fetch, with records or without; not when one failed or nothing was asked. */
  readonly onFetched?: () => void;
}

export interface Life {
  readonly client: KafkaClient;
  readonly options: SessionOptions;
  readonly consumer: Consumer;
  readonly stays: Stays;
  readonly commits: OffsetCommits;
  readonly fail: (error: unknown) => void;
  lastHeartbeat: number;
  progressed: boolean;
  /** Assignments are applied one after the other. */
  transition: Promise<void>;
  /** No new stays from now on. */
  closing: boolean;
}

/** Where reading can begin for a wanted position; tells gaps and refuses a log that ends too early. */
export function admit(
  life: Life,
  { topic, partition }: Stay,
  position: number,
  bounds: PartitionBounds,
): number {
  if (position > bounds.end) {
    throw new MarqueeError('LOG_TRUNCATED', { topic, partition, position, end: bounds.end });
  }
  if (position >= bounds.start) return position;
  life.options.handlers.onGap?.({ topic, partition, expected: position, found: bounds.start });
  return bounds.start;
}
