/** How far the clean logs reach: asked for in the background, never on the way to an answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Offset } from '../domain/blocks.ts';
import type { Watermarks } from '../domain/speed-totals.ts';
import { COUNTED_TOPICS, type CountedTopic } from '../domain/topics.ts';
import type { PartitionBounds } from '../infra/kafka/offsets.ts';
import type { Log } from '../infra/log.ts';
import { patiently } from '../infra/patience.ts';

/** Port: the bounds of every partition of a clean topic; rejects, after bounded tries, when Kafka does not answer. */
export type AskBounds = (topic: CountedTopic) => Promise<readonly PartitionBounds[]>;

/** Where a log ended when that was last heard. Logs only grow: records below an end are there, however old it is. */
export interface KnownEnd {
  /** Offset after the last record, by partition. */
  readonly ends: readonly Offset[];
  readonly ageMs: number;
}

/** Null until it was heard for the first time. */
export type LogEnds = Readonly<Record<CountedTopic, KnownEnd | null>>;

export const NO_LOG_ENDS: LogEnds = { plays: null, impressions: null };

export interface LogEndOptions {
  readonly ask: AskBounds;
  /** Pause between one answer and the next question; one is under way at a time. */
  readonly intervalMs: number;
  /** Called after each turn, whether Kafka answered or not. */
  readonly onTurn: () => void;
  readonly log: Log;
  readonly now: () => number;
}

export interface LogEndFollower {
  ends(): LogEnds;
  /** Resolves once the end of every counted topic was heard, or the follower was closed. */
  readonly known: Promise<void>;
  close(): Promise<void>;
}

export function followLogEnds({ ask, intervalMs, onTurn, log, now }: LogEndOptions): LogEndFollower {
  const stopping = new AbortController();
  const known: PromiseWithResolvers<void> = Promise.withResolvers();
  const heard = new Map<CountedTopic, { readonly ends: readonly Offset[]; readonly askedAt: number }>();
  let isComplaining = false;

  async function turn(): Promise<void> {
    try {
      for (const topic of COUNTED_TOPICS) {
        // As old as the question: what was appended while the answer came is not in it.
        const askedAt = now();
        heard.set(topic, { ends: endsOf(await ask(topic)), askedAt });
      }
      isComplaining = false;
      known.resolve();
    } catch (error) {
      if (!isComplaining) log.warn({ err: error }, 'the end of a clean log cannot be asked for: tried again');
      isComplaining = true;
    }
    onTurn();
  }

  async function live(): Promise<void> {
    while (!stopping.signal.aborted) {
      await turn();
      await sleep(intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const knownEnd = (topic: CountedTopic): KnownEnd | null => {
    const last = heard.get(topic);
    return last === undefined ? null : { ends: last.ends, ageMs: Math.max(0, now() - last.askedAt) };
  };

  const living = live();
  return {
    ends: () => ({ plays: knownEnd('plays'), impressions: knownEnd('impressions') }),
    known: known.promise,
    close() {
      stopping.abort();
      known.resolve();
      return patiently(living);
    },
  };
}

function endsOf(bounds: readonly PartitionBounds[]): Offset[] {
  const ends: Offset[] = [];
  for (const { partition, end } of bounds) ends[partition] = end;
  return Array.from(ends, (end) => end ?? 0);
}

/** Records between watermark and log end, over all partitions of a topic. */
export interface Behind {
  readonly records: number;
  /** How long ago the log's end was heard. */
  readonly ageMs: number;
}

/** What is behind in all of them together, and how long ago the end heard longest ago was heard. */
export function behindOfAll(
  lanes: readonly { readonly logEnds: LogEnds; readonly watermark: Watermarks }[],
): Readonly<Record<CountedTopic, Behind | null>> {
  const each = lanes.map(({ logEnds, watermark }) => behindOf(logEnds, watermark));
  const of = (topic: CountedTopic): Behind | null => {
    let sum: Behind = { records: 0, ageMs: 0 };
    for (const { [topic]: one } of each) {
      if (one === null) return null;
      sum = { records: sum.records + one.records, ageMs: Math.max(sum.ageMs, one.ageMs) };
    }
    return sum;
  };
  return { plays: of('plays'), impressions: of('impressions') };
}

/** Null where the log's end was never heard. A watermark past an end that was heard earlier is not behind. */
export function behindOf(
  ends: LogEnds,
  watermark: Watermarks,
): Readonly<Record<CountedTopic, Behind | null>> {
  const of = (topic: CountedTopic): Behind | null => {
    const end = ends[topic];
    if (end === null) return null;
    const upTo = watermark[topic];
    const records = end.ends.reduce(
      (sum, at, partition) => sum + Math.max(0, at - (upTo[partition] ?? 0)),
      0,
    );
    return { records, ageMs: end.ageMs };
  };
  return { plays: of('plays'), impressions: of('impressions') };
}
