/**
 * Plays by title and row in memory: every upsert of `attributed-plays` from where the topic began when this process first
 * read it. The topic is kept for some days only, so the counts say since when they are.
 */
import { PUT_RIGHT } from '../domain/events/derived.ts';
import type { AttributedPlay } from '../domain/attribution/pending.ts';
import { isMarqueeError } from '../domain/errors.ts';
import { generationNumber, type InGeneration } from '../domain/generations.ts';
import type { Generation, TitleId } from '../domain/ids.ts';
import type { TitlePlays } from '../domain/merge.ts';
import { createRowPlays, type RowPlays, type RowPlaysLimits } from '../domain/row-plays.ts';
import type { EpochMs } from '../domain/time.ts';
import type { LogBatch } from '../infra/kafka/consumer-port.ts';
import type { Log } from '../infra/log.ts';
import type { FollowStatus } from '../infra/kafka/follow-topic.ts';

/** Reads upserts. `learn` is called for the records of a batch before the first of them is decoded. */
export interface UpsertCodec {
  learn(values: readonly Uint8Array[]): Promise<void>;
  /** Throws RECORD_CORRUPT. */
  decode(value: Uint8Array): AttributedPlay;
}

export interface RowPlaysPart {
  /** Takes records of a generation's topic; what is no upsert is logged and passed over. */
  take(batch: Pick<LogBatch, 'partition' | 'records'>, of: Pick<InGeneration, 'generation'>): Promise<void>;
  /** Forgets every play: the topic is another one now. */
  reset(): void;
  of(title: TitleId): TitlePlays;
  /** Records that could not be read so far. */
  refused(): number;
  /** See RowPlays. */
  forgotten(): number;
  unplaced(): number;
}

export function createRowPlaysPart(limits: RowPlaysLimits, codec: UpsertCodec, log: Log): RowPlaysPart {
  let plays = createRowPlays(limits);
  let since: EpochMs | null = null;
  let refused = 0;

  function takeOne(
    into: RowPlays,
    { generation, partition }: { readonly generation: Generation; readonly partition: number },
    value: Uint8Array,
    offset: number,
  ): void {
    try {
      const upsert = codec.decode(value);
      const isNews = into.takePlay(partition, upsert, generationNumber(generation));
      // What is put right keeps the time of the event, which may be long before anything was counted here.
      if (!isNews || upsert.isFinal === PUT_RIGHT) return;
      if (since === null || upsert.appendTime < since) since = upsert.appendTime;
    } catch (error) {
      if (!isMarqueeError(error, 'RECORD_CORRUPT')) throw error;
      refused += 1;
      log.warn({ partition, offset }, 'not an upsert of a play: passed over');
    }
  }

  return {
    async take({ partition, records }, { generation }) {
      const values = records.map(({ value }) => value ?? Buffer.alloc(0));
      await codec.learn(values);
      records.forEach(({ offset }, i) => takeOne(plays, { generation, partition }, values[i]!, offset));
    },
    reset() {
      plays = createRowPlays(limits);
      since = null;
    },
    of: (title) => ({ byRow: plays.ofTitle(title), since }),
    refused: () => refused,
    forgotten: () => plays.forgotten(),
    unplaced: () => plays.unplaced(),
  };
}

/** Plays of a title by row; null while the topic was not read to its end, or nothing was heard of it for `silentMs`. */
export type AskRowPlays = (title: TitleId) => TitlePlays | null;

export const askWhileFollowed =
  (part: Pick<RowPlaysPart, 'of'>, status: () => FollowStatus, silentMs: number): AskRowPlays =>
  (title) => {
    const followed = status();
    return followed.isCaughtUp && followed.silentMs <= silentMs ? part.of(title) : null;
  };
