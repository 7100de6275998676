/** Records of clean and derived topics that nobody can decode, as dead letters: they are in no table, so they are here. */
import { letterHeaders } from '../../domain/dead-letter.ts';
import type { MarqueeError } from '../../domain/errors.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import { topicName } from '../../domain/topics.ts';
import type { EncodedTopic } from '../../infra/avro/codec.ts';
import type { LogRecord } from '../../infra/kafka/consumer-port.ts';
import type { LogProducer } from '../../infra/kafka/producer-port.ts';

export interface Undecodable {
  readonly topic: EncodedTopic;
  readonly partition: number;
  readonly record: Pick<LogRecord, 'offset' | 'timestamp' | 'value'>;
  readonly error: MarqueeError;
}

/** Port: resolves when the letter is durable. Written again after a crash, it is the same letter. */
export type WriteLetter = (found: Undecodable) => Promise<void>;

export interface SinkLettersDeps {
  readonly producer: LogProducer;
  readonly region: Region;
  readonly generation: Generation;
  /** Longest value that a letter carries. */
  readonly maxLetterBytes: number;
}

export function createSinkLetters(deps: SinkLettersDeps): WriteLetter {
  const { producer, region, generation, maxLetterBytes } = deps;
  return async ({ topic, partition, record, error }) => {
    const { offset, timestamp, value } = record;
    const headers = letterHeaders({
      ...{ code: error.code, message: error.message, appendTime: timestamp },
      ...{ bytes: value?.byteLength ?? 0, sighted: false, fixed: false },
    });
    const message = {
      partition,
      key: `${region}/${generation}/${topic}/${partition}/${offset}`,
      value: Buffer.from(value?.subarray(0, maxLetterBytes) ?? []),
      headers,
    };
    await producer.send([{ topic: topicName(region, generation, 'dead-letters'), messages: [message] }]);
  };
}
