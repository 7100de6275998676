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
  /** Sends what waits, if the log takes it. */
  close(): Promise<void>;
}

/** Rows of one request: more would hold those who wait for answers, for as long as they are encoded. */
const ROWS_A_SEND = 256;

export function startServedRows(deps: ServedRowsDeps): ServedRows {
  const { topic, most, share, log } = deps;
  let waiting: ServedRow[] = [];
  let producer: LogProducer | undefined;
  let running: Promise<void> | undefined;
  /** Set while the log takes nothing: it is asked again at the next interval only. */
  let isRefused = false;
  const sent = deps.metrics.counter('marquee_served_rows_sent_total', 'Served rows that were kept');
  const leftOut = deps.metrics.counter(
    'marquee_served_rows_left_out_total',
    'Served rows that were left out for want of room',
  );

  async function send(rows: readonly ServedRow[]): Promise<void> {
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
  }

  /** One request after the other until fewer than `least` rows wait, or the log takes none. */
  async function sendAll(least: number): Promise<void> {
    while (waiting.length >= least) {
      const rows = waiting.splice(0, ROWS_A_SEND);
      try {
        await send(rows);
        isRefused = false;
      } catch (error) {
        isRefused = true;
        log.debug({ err: error, rows: rows.length }, 'served rows could not be kept yet');
        // A row may come to be there twice: they have one key.
        waiting = [...rows, ...waiting];
        leftOut.inc(Math.max(0, waiting.length - most));
        waiting = waiting.slice(-most);
        return;
      }
    }
  }

  function flush(least: number): void {
    if (running !== undefined || waiting.length < least) return;
    running = sendAll(least).finally(() => (running = undefined));
  }

  const timer = setInterval(() => {
    flush(1);
  }, deps.intervalMs);
  return {
    note(row) {
      if (!isKept(row.recommendationId, share)) return;
      if (waiting.length >= most) leftOut.inc();
      else waiting.push(row);
      if (!isRefused) flush(ROWS_A_SEND);
    },
    async close() {
      clearInterval(timer);
      await patiently(running);
      flush(1);
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
