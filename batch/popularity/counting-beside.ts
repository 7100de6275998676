/**
 * Counting on a thread of its own: this one is left to DuckDB, which asks it for every chunk that is written. What was read
 * and what it comes to goes over without being copied.
 */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { MeasureLimits } from '../../domain/measures.ts';
import type { CountedTopic } from '../../domain/topics.ts';
import type { ColumnSet } from '../../infra/duckdb/columns.ts';
import type { Codes, Named } from './codes.ts';
import type { Count, CountedDays, DayCounts } from './counted-days.ts';

/** What the thread is started with. */
export interface ThreadStart {
  readonly keys: Readonly<Record<Named, BigUint64Array>>;
  readonly limits: MeasureLimits;
}

/** What the thread is told and asked, about one of the logs that it is given. */
export type Question = { readonly id: number; readonly log: number } & (
  | {
      readonly kind: 'take';
      readonly topic: CountedTopic;
      readonly rows: ColumnSet;
      readonly rowCount: number;
    }
  | { readonly kind: 'count' }
  | { readonly kind: 'day'; readonly day: number; readonly fromBucket: number | undefined }
  | { readonly kind: 'release' }
);

/** What it says to a question that has an answer. */
export type Answer = { readonly id: number } & (
  { readonly days: readonly number[] } | { readonly counts: DayCounts }
);

type Asked = Question extends infer One ? (One extends Question ? Omit<One, 'id'> : never) : never;

/** Lends a thread that counts to `work`, and ends it afterwards. */
export async function countingBeside<T>(
  { keys }: Pick<Codes, 'keys'>,
  limits: MeasureLimits,
  work: (count: Count) => Promise<T>,
): Promise<T> {
  const thread = startThread({ keys, limits });
  let logs = 0;
  const count: Count = () => {
    logs += 1;
    const log = logs;
    const release = (): void => thread.tell({ kind: 'release', log });
    return {
      take: (topic, rows, rowCount) => thread.tell({ kind: 'take', log, topic, rows, rowCount }),
      counted: async () => ({
        days: (await thread.ask<Pick<CountedDays, 'days'>>({ kind: 'count', log })).days,
        of: async (day, fromBucket) =>
          (await thread.ask<{ counts: DayCounts }>({ kind: 'day', log, day, fromBucket })).counts,
        release,
      }),
      drop: release,
    };
  };
  try {
    return await work(count);
  } finally {
    await thread.close();
  }
}

function startThread(workerData: ThreadStart) {
  const worker = new Worker(new URL(`./counting-thread${extname(import.meta.filename)}`, import.meta.url), {
    workerData,
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let failure: Error | undefined;
  let asked = 0;
  const fail = (error: Error): void => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', (code) => fail(new Error(`the thread that counts ended with ${code}`)));
  worker.on('message', (said: Answer) => {
    waiting.get(said.id)?.resolve(said);
    waiting.delete(said.id);
  });
  const tell = (what: Asked): number => {
    asked += 1;
    worker.postMessage({ id: asked, ...what }, buffersIn(what));
    return asked;
  };
  return {
    tell: (what: Asked): void => void tell(what),
    ask<T>(what: Asked): Promise<T> {
      if (failure !== undefined) return Promise.reject(failure);
      const answered = Promise.withResolvers<unknown>();
      waiting.set(tell(what), answered);
      return answered.promise as Promise<T>;
    },
    async close(): Promise<void> {
      await worker.terminate();
    },
  };
}

/** Memory of columns in a message, each once. */
export function buffersIn(message: Asked | Answer): ArrayBuffer[] {
  const columns =
    'rows' in message
      ? Object.values(message.rows.columns).flatMap(({ values }) =>
          ArrayBuffer.isView(values) ? [values] : [],
        )
      : 'counts' in message
        ? Object.values(message.counts).flatMap(({ keys, values }) => [...keys, ...values])
        : [];
  return [
    ...new Set(columns.flatMap((column) => (column === undefined ? [] : [column.buffer as ArrayBuffer]))),
  ];
}
