/** Keeps what was answered on `served-rows`. No answer waits for it. */
import { isKept, servedRecord, type ServedRow } from '../domain/served-rows.ts';
import type { DerivedRecord } from '../domain/events/derived.ts';
import type { LogProducer } from '../infra/kafka/producer-port.ts';
import type { Log } from '../infra/log.ts';
import type { Metrics } from '../infra/metrics.ts';
import type { RowAnswer } from './api/schemas.ts';
import { patiently } from '../infra/patience.ts';

export interface ServedRowsDeps {
  /** Connects at first use; rejects while Kafka is gone. */
  readonly connect: () => Promise<LogProducer>;
  readonly encode: (record: DerivedRecord<'served-rows'>) => Buffer;
  /** Makes sure that readers will know what `encode` writes; asked once before the first send. */
  readonly prepare: () => Promise<void>;
  /** Asked at every send: the topic generation may change. */
  readonly topic: () => string;
  /** Which share of answers is kept, 0 to 1. */
  readonly share: number;
  /** Rows that wait at most; those beyond are left out. */
  readonly most: number;
  readonly intervalMs: number;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface ServedRows {
  note(row: ServedRow): void;
  /** Sends what waits, once. */
  close(): Promise<void>;
}

export function startServedRows(deps: ServedRowsDeps): ServedRows {
  const { topic, most, share, log } = deps;
  let waiting: ServedRow[] = [];
  let producer: LogProducer | undefined;
  let running: Promise<void> | undefined;
  const sent = deps.metrics.counter('marquee_served_rows_sent_total', 'Served rows that were kept');
  const leftOut = deps.metrics.counter(
    'marquee_served_rows_left_out_total',
    'Served rows that were left out for want of room',
  );

  async function send(): Promise<void> {
    const rows = waiting;
    waiting = [];
    try {
      if (producer === undefined) {
        await deps.prepare();
        producer = await deps.connect();
      }
      const messages = rows.map((row) => ({
        key: row.profileId ?? row.recommendationId,
        value: deps.encode(servedRecord(row)),
        timestamp: row.time,
      }));
      await producer.send([{ topic: topic(), messages }]);
      sent.inc(rows.length);
    } catch (error) {
      log.debug({ err: error, rows: rows.length }, 'served rows could not be kept yet');
      // A row may come to be there twice: they have one key.
      waiting = [...rows, ...waiting];
      leftOut.inc(Math.max(0, waiting.length - most));
      waiting = waiting.slice(-most);
    }
  }

  function flush(): void {
    if (running !== undefined || waiting.length === 0) return;
    running = send().finally(() => (running = undefined));
  }

  const timer = setInterval(flush, deps.intervalMs);
  return {
    note(row) {
      if (!isKept(row.recommendationId, share)) return;
      if (waiting.length >= most) leftOut.inc();
      else waiting.push(row);
    },
    async close() {
      clearInterval(timer);
      await patiently(running);
      flush();
      await patiently(running);
      await patiently(producer?.close());
    },
  };
}

/** Keeps answers as they are given; of those that nobody looks at yet, a share. */
export const rowKeeper =
  (served: Pick<ServedRows, 'note'> | undefined, prefetchShare: number, now: () => number) =>
  (answer: RowAnswer, isPrefetch: boolean): void => {
    if (!isPrefetch || isKept(answer.recommendationId, prefetchShare)) served?.note(servedRow(answer, now()));
  };

/** What is kept of an answer of `time`. */
export function servedRow(answer: RowAnswer, time: number): ServedRow {
  const { recommendationId, row, country, source, viewVersion, items } = answer;
  return {
    ...{ recommendationId, row, time, source },
    titleIds: items.map(({ titleId }) => titleId),
    country: country ?? undefined,
    viewVersion: viewVersion ?? undefined,
  };
}
