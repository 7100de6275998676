/** Tells operators which versions this process serves: to `subscriber-status` at every change, and now and then. */
import { subscriberRecord } from '../../domain/subscriber-status.ts';
import type { SubscriptionStatus } from './subscriber.ts';
import type { LogProducer } from '../kafka/producer-port.ts';
import type { Log } from '../log.ts';
import { patiently } from '../patience.ts';

export interface StatusReportDeps {
  /** Connects at first use; rejects while Kafka is gone. */
  readonly connect: () => Promise<LogProducer>;
  readonly topic: string;
  /** This process among all that serve the views. */
  readonly subscriber: string;
  /** Of the views to report; undefined while nothing is known of one. */
  readonly statuses: () => readonly (SubscriptionStatus | undefined)[];
  readonly intervalMs: number;
  readonly log: Log;
}

export interface StatusReport {
  /** Sends soon. One report is under way at a time; those asked for meanwhile become one. */
  send(): void;
  close(): Promise<void>;
}

export function startStatusReport(deps: StatusReportDeps): StatusReport {
  const { connect, topic, subscriber, log } = deps;
  let producer: LogProducer | undefined;
  let running: Promise<void> | undefined;
  let isAskedAgain = false;
  let isClosed = false;

  async function report(): Promise<void> {
    const messages = deps.statuses().flatMap((status) => {
      if (status === undefined) return [];
      const { key, value } = subscriberRecord({ ...status, subscriber });
      return [{ key, value: Buffer.from(value) }];
    });
    if (messages.length === 0) return;
    try {
      producer ??= await connect();
      await producer.send([{ topic, messages }]);
    } catch (error) {
      log.debug({ err: error }, 'served version could not be reported');
    }
  }

  function send(): void {
    if (isClosed) return;
    if (running !== undefined) {
      isAskedAgain = true;
      return;
    }
    running = report().finally(() => {
      running = undefined;
      if (!isAskedAgain) return;
      isAskedAgain = false;
      send();
    });
  }

  const timer = setInterval(send, deps.intervalMs);
  return {
    send,
    async close() {
      isClosed = true;
      clearInterval(timer);
      await patiently(running);
      await patiently(producer?.close());
    },
  };
}
