/** The counting fold over columns that were decoded before: one per topic, blocks sealed as their owner does. */
import { createCountedColumns, type CountedColumns } from '../../domain/counted-columns.ts';
import { encodeSpeedMessage } from '../../domain/speed-codec.ts';
import { createSpeedFold, startAt, type SpeedFold } from '../../domain/speed-fold.ts';
import { COUNTED_TOPICS, type CountedTopic } from '../../domain/topics.ts';
import { createCountedDecoder } from '../../infra/avro/counted-decoder.ts';
import type { EncodedEntry } from './profile-log.ts';

/** As in the benchmark of the whole stage. */
const BLOCK_SIZE = 16_384;
const SLOTS = 16;

export interface CountingFolds {
  /** The same records in columns, as the stage decodes them: written over by the next call. */
  decode(entries: readonly EncodedEntry[]): readonly DecodedColumns[];
  step(columns: readonly DecodedColumns[]): void;
}

export interface DecodedColumns {
  readonly topic: CountedTopic;
  readonly columns: CountedColumns;
}

/** `makesChunks`: whether full blocks are made into the messages that are published. */
export function createCountingFolds(makesChunks: boolean): CountingFolds {
  const folds = ofTopics((topic) =>
    createSpeedFold({ topic, partition: 0, blockSize: BLOCK_SIZE, slots: SLOTS }, startAt(0, -1)),
  );
  const decoders = ofTopics(createCountedDecoder);
  const held: Partial<Record<CountedTopic, CountedColumns>> = {};
  const columnsFor = (topic: CountedTopic, count: number): CountedColumns => {
    const { titles, rowNames } = folds[topic].texts();
    let columns = held[topic];
    if (columns === undefined || columns.capacity < count || columns.titles !== titles)
      held[topic] = columns = createCountedColumns(count, titles, rowNames);
    columns.size = count;
    return columns;
  };
  const seal = (fold: SpeedFold): void => {
    if (makesChunks)
      for (const { value } of fold.flush(1, false)) if (value !== null) encodeSpeedMessage(value);
    fold.advance();
  };

  return {
    decode: (entries) =>
      COUNTED_TOPICS.map((topic) => {
        const ofTopic = entries.filter((entry) => entry.topic === topic);
        const columns = columnsFor(topic, ofTopic.length);
        ofTopic.forEach(({ offset, bytes }, i) => {
          columns.offset[i] = offset;
          if (!decoders[topic](bytes, 0, bytes.length, columns, i))
            throw new Error(`${topic} at ${offset} cannot be read`);
        });
        return { topic, columns };
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

const ofTopics = <T>(of: (topic: CountedTopic) => T): Record<CountedTopic, T> =>
  Object.fromEntries(COUNTED_TOPICS.map((topic) => [topic, of(topic)])) as Record<CountedTopic, T>;
