/** Reads topics as a member of a consumer group, restarting a crashed member with growing pauses. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isRetryable, type KafkaClient } from './client.ts';
import type { LogConsumer, LogHandlers } from './consumer-port.ts';
import { startSession, type Session } from './consumer-session.ts';

export interface ConsumerOptions extends LogHandlers {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** One member gets the partitions of one number of all topics; all members of the group say the same. */
  readonly coPartitioned?: boolean;
  /**
   * While it is behind, the next answer is asked for as the last one is handled: up to twice the memory, and less waiting.
   * Not together with `onEmptyFetch`: what was asked for early proves nothing about the end of the log.
   */
  readonly readsAhead?: boolean;
  /** Told whenever the broker answered that a partition holds nothing from our position on. */
  readonly onEmptyFetch?: (topic: string, partition: number) => void;
  /** Told whenever the broker answered a fetch, with records or without. */
  readonly onFetched?: () => void;
}

/** A member that crashed this often in a row without handling a batch gives up. */
const MAX_RESTARTS = 20;
const RESTART_START_MS = 250;
const RESTART_LONGEST_MS = 10_000;

/**
 * Joins the group and reads. A retryable failure (of Kafka, or a retryable MarqueeError of a handler) restarts the
 * member, which asks `onAssigned` again; any other closes the consumer.
 */
export function runConsumer(client: KafkaClient, options: ConsumerOptions): LogConsumer {
  const { groupId, topics, coPartitioned, readsAhead, onEmptyFetch, onFetched } = options;
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  let session: Session | undefined;
  let stopped: Promise<void> | undefined;

  async function live(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted;) {
      session = await startSession(client, {
        groupId,
        topics,
        handlers: options,
        ...(coPartitioned === undefined ? {} : { coPartitioned }),
        ...(readsAhead === undefined ? {} : { readsAhead }),
        ...(onEmptyFetch && { onEmptyFetch }),
        ...(onFetched && { onFetched }),
      });
      if (isStopping()) return session.stop();
      try {
        await session.ended;
        return;
      } catch (error) {
        failures = session.progressed() ? 1 : failures + 1;
        await session.stop();
        if (!isRetryable(error) || failures > MAX_RESTARTS) throw error;
        const pauseMs = Math.min(RESTART_LONGEST_MS, RESTART_START_MS * 2 ** (failures - 1));
        client.log.warn({ err: error, groupId, failures, pause_ms: pauseMs }, 'consumer restarts');
        await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  const closed = live();
  closed.catch(() => undefined);
  return {
    closed,
    commit: (topic, partition, nextOffset) => session?.commit(topic, partition, nextOffset),
    askAgain: (topic, partition) => session?.askAgain(topic, partition),
    stop() {
      stopped ??= (async () => {
        stopping.abort();
        await session?.stop();
        await closed.catch(() => undefined);
      })();
      return stopped;
    },
  };
}
