/** The counting fold over columns that were decoded before: one per topic, blocks sealed as their owner does. */
import { columnsOf, type CountedColumns } from '../../domain/counted-columns.ts';
import { countedRecord } from '../../domain/measures.ts';
import { encodeSpeedMessage } from '../../domain/speed-codec.ts';
import { createSpeedFold, startAt, type SpeedFold } from '../../domain/speed-fold.ts';
import { COUNTED_TOPICS, type CountedTopic } from '../../domain/topics.ts';
import type { LogEntry } from './profile-log.ts';

/** As in the benchmark of the whole stage. */
const BLOCK_SIZE = 16_384;
const SLOTS = 16;

export interface CountingFolds {
  /** The same records in columns, as a decoder gives them to these folds. */
  decode(entries: readonly LogEntry[]): readonly DecodedColumns[];
  step(columns: readonly DecodedColumns[]): void;
}

export interface DecodedColumns {
  readonly topic: CountedTopic;
  readonly columns: CountedColumns;
}

/** `makesChunks`: whether full blocks are made into the messages that are published. */
export function createCountingFolds(makesChunks: boolean): CountingFolds {
  const folds = Object.fromEntries(
    COUNTED_TOPICS.map((topic) => [
      topic,
      createSpeedFold({ topic, partition: 0, blockSize: BLOCK_SIZE, slots: SLOTS }, startAt(0, -1)),
    ]),
  ) as Record<CountedTopic, SpeedFold>;
  const seal = (fold: SpeedFold): void => {
    if (makesChunks)
      for (const { value } of fold.flush(1, false)) if (value !== null) encodeSpeedMessage(value);
    fold.advance();
  };

  return {
    decode: (entries) =>
      COUNTED_TOPICS.map((topic) => {
        const { titles, rowNames } = folds[topic].texts();
        const ofTopic = entries.filter((entry) => entry.topic === topic);
        const inputs = ofTopic.map(({ offset, record }) => ({ offset, record: countedRecord(record) }));
        return { topic, columns: columnsOf(inputs, titles, rowNames) };
      }),
    step(decoded) {
      for (const { topic, columns } of decoded) {
        const fold = folds[topic];
        for (let i = 0; i < columns.size; i++) {
          if (fold.isFull()) seal(fold);
          fold.stepRow(columns, i);
        }
      }
    },
  };
}
