/** What may be appended to the log, and what the log says back. */
import type { BatchRecord } from './record-batch.ts';

export interface OutgoingMessage extends BatchRecord {
  /** Kafka's default partitioner picks by the key's bytes when absent. */
  readonly partition?: number | undefined;
}

export interface OutgoingTopic {
  readonly topic: string;
  readonly messages: readonly OutgoingMessage[];
}

/** `count` records were appended to one partition from `baseOffset` on, in the order given. */
export interface Appended {
  readonly topic: string;
  readonly partition: number;
  readonly baseOffset: number;
  readonly count: number;
}

/**
 * Appends records, acknowledged by every in-sync replica (acks=all) and not idempotent: what `send` resolves with is
 * durable, what it rejects may or may not have been appended, and a record may be appended more than once. Rejects
 * with LOG_UNAVAILABLE after bounded retries, or EVENT_TOO_LARGE, before anything is sent, for a record above the limit.
 */
export interface LogProducer {
  /** Records of one partition keep their order; larger runs become several appends. */
  send(batch: readonly OutgoingTopic[]): Promise<Appended[]>;
  /** Waits for sends under way, then disconnects. */
  close(): Promise<void>;
}
