/** Writes what the extractor decided: Avro records to the clean topics, the rest to `dead-letters`. */
import { letterHeaders } from '../../domain/dead-letter.ts';
import { coordinatesText } from '../../domain/redrive.ts';
import { topicName, type TopicKind } from '../../domain/topics.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import type { CleanCodec } from '../../infra/avro/codec.ts';
import type { LogProducer, OutgoingMessage } from '../../infra/kafka/producer-port.ts';
import type { CleanLog, ExtractOutput } from './extractor.ts';

export interface CleanLogDeps {
  /** Single flight per partition: what a partition appends must arrive in raw order. */
  readonly producerOf: (partition: number) => LogProducer;
  readonly codec: CleanCodec;
  /** Longest value that a dead letter carries whole; the raw record stays whole in the lake. */
  readonly maxLetterBytes: number;
  readonly region: Region;
  readonly generation: Generation;
}

export function createCleanLog(deps: CleanLogDeps): CleanLog {
  const { producerOf, region, generation } = deps;
  return {
    async append(partition, outputs, settled) {
      const byTopic = new Map<TopicKind, OutgoingMessage[]>();
      for (const output of outputs) {
        const [kind, message] = messageOf(output, partition, deps);
        const messages = byTopic.get(kind) ?? [];
        byTopic.set(kind, messages);
        messages.push(message);
      }
      const batch = [...byTopic].map(([kind, messages]) => ({
        topic: topicName(region, generation, kind),
        messages,
      }));
      const producer = producerOf(partition);
      if (batch.length > 0) await producer.send(batch);
      if (settled.length === 0) return;
      const messages = settled.map((offset) => ({
        partition,
        key: coordinatesText({ region, generation, partition, offset }),
        value: null,
      }));
      await producer.send([{ topic: topicName(region, generation, 'dead-letters'), messages }]);
    },
  };
}

function messageOf(
  { source, outcome }: ExtractOutput,
  partition: number,
  { codec, region, generation, maxLetterBytes }: CleanLogDeps,
): [TopicKind, OutgoingMessage] {
  if (outcome.type === 'clean') {
    const { record, topic } = outcome;
    const value = codec.encodeClean(topic, record);
    return [topic, { partition, key: record.event.profileId, value, timestamp: record.appendTime }];
  }
  const { code, message, field, shape } = outcome;
  const { redriven } = source;
  const headers = letterHeaders({
    ...{ code, message, field, shape, appendTime: source.timestamp, fixed: false },
    bytes: source.value?.length ?? 0,
    sighted: outcome.key !== undefined || redriven?.sighted === true,
    redrivenAt: redriven && source.offset,
  });
  // The raw coordinates are the letter's identity: written again after a crash, or refused again after a redrive,
  // compaction keeps it once.
  const offset = redriven?.from ?? source.offset;
  const key = coordinatesText({ region, generation, partition, offset });
  return [
    'dead-letters',
    { partition, key, value: Buffer.from(source.value?.subarray(0, maxLetterBytes) ?? []), headers },
  ];
}
