/**
 * Whether a refused record's event is in the clean log after all. What an answer of a side input rescued may be decided
 * again after a crash, and refused then: the clean record holds, and its letter must not be sent again.
 */
import { MarqueeError } from '../../domain/errors.ts';
import type { Generation } from '../../domain/ids.ts';
import type { EpochMs } from '../../domain/time.ts';
import { CLEAN_TOPICS, type CleanTopic } from '../../domain/topics.ts';
import type { NumericColumn } from '../duckdb/columns.ts';
import type { PartitionBounds } from '../kafka/offsets.ts';
import type { DuckDbLake } from '../lake/lake.ts';

export interface CleanQuestion {
  /** The letter's. */
  readonly key: string;
  readonly partition: number;
  /** Raw offset of the refused record. */
  readonly offset: number;
  /** Highest raw offset that may have become its clean record: its own, or that of its newest redrive. */
  readonly upTo: number;
  /** No clean record of it was appended before. */
  readonly since: EpochMs;
}

/**
 * Port: the keys of those letters whose raw record, or one that was redriven for it, is in a clean topic. LETTER_TOO_NEW,
 * which may be tried again, where that cannot be told yet.
 */
export type FindClean = (questions: readonly CleanQuestion[]) => Promise<ReadonlySet<string>>;

export interface CleanLookupDeps {
  readonly lake: DuckDbLake;
  readonly generation: Generation;
  readonly partitions: number;
  /** Where the partitions of a clean topic begin and end in the log. */
  readonly boundsOf: (topic: CleanTopic) => Promise<readonly PartitionBounds[]>;
}

/** Offsets in one question to the lake. */
const CHUNK = 1000;

/** Looks in the lake's clean tables. Throws LAKE_UNAVAILABLE and LOG_UNAVAILABLE as well. */
export function createCleanLookup({ lake, generation, partitions, boundsOf }: CleanLookupDeps): FindClean {
  /** Refuses a letter whose clean record could be in the log and not yet in the lake. */
  async function assertRead(topic: CleanTopic, questions: readonly CleanQuestion[]): Promise<void> {
    // The log's end first: what the lake has read by then can only be more.
    const bounds = await boundsOf(topic);
    const positions = await lake.positions(topic, undefined, { generation, partitions });
    for (const { key, partition, upTo } of questions) {
      const end = bounds.find((one) => one.partition === partition)?.end ?? 0;
      const at = positions.find((one) => one.generation === generation && one.partition === partition);
      if ((at?.rawOffset ?? -1) >= upTo || (at?.offset ?? -1) + 1 >= end) continue;
      const reason = `the lake has read ${topic}/${partition} to ${(at?.offset ?? -1) + 1} of ${end}; try again`;
      throw new MarqueeError('LETTER_TOO_NEW', { key, reason });
    }
  }

  async function lookIn(
    topic: CleanTopic,
    asked: readonly CleanQuestion[],
    found: Set<string>,
  ): Promise<void> {
    const offsets = asked.map(({ offset }) => Math.trunc(offset)).join(', ');
    const sql = `SELECT "partition", raw_offset, coalesce(redriven_from, -1)::BIGINT AS redriven_from
      FROM ${lake.reference(topic)} WHERE generation = $generation AND append_time >= epoch_ms($since_ms)
      AND (raw_offset IN (${offsets}) OR redriven_from IN (${offsets}))`;
    const params = { generation, since_ms: Math.trunc(Math.min(...asked.map(({ since }) => since))) };
    const { columns, rowCount } = await lake.read((connection) => connection.query(sql, params));
    const at = (name: string, row: number): number => Number((columns[name] as NumericColumn).values[row]);
    const keys = new Map(asked.map(({ key, partition, offset }) => [`${partition}/${offset}`, key]));
    for (let row = 0; row < rowCount; row++) {
      for (const name of ['raw_offset', 'redriven_from']) {
        const key = keys.get(`${at('partition', row)}/${at(name, row)}`);
        if (key !== undefined) found.add(key);
      }
    }
  }

  return async (questions) => {
    const found = new Set<string>();
    for (const topic of CLEAN_TOPICS) {
      await assertRead(topic, questions);
      for (let from = 0; from < questions.length; from += CHUNK) {
        await lookIn(topic, questions.slice(from, from + CHUNK), found);
      }
    }
    return found;
  };
}
