/**
 * What kafkajs makes of fetched records, on columns. It decodes each record through objects for its bytes, its context and
 * its 64-bit numbers; here an answer stays columns, and one of its messages is made when it is looked at.
 */
import type { KafkaMessage } from 'kafkajs';
import type { LogRecord } from './consumer-port.ts';
import { holdMemory, keepMemory } from './frame-memory.ts';
import {
  columnsFrom,
  headersAt,
  keyAt,
  readRecordColumns,
  valueAt,
  type RecordColumns,
} from './record-columns.ts';

interface Decoder {
  readonly buffer: Buffer;
  offset: number;
  readInt32(): number;
  canReadBytes(count: number): boolean;
}
export type DecodeMessages = (decoder: Decoder) => Promise<unknown>;

interface PartitionData {
  readonly messages: unknown;
}
interface Batch extends Partial<ColumnBatch> {
  rawMessages: readonly KafkaMessage[];
  messagesWithinOffset: readonly KafkaMessage[];
  messages: readonly KafkaMessage[];
}
export type BatchClass = new (topic: string, fetchedOffset: string, data: PartitionData) => Batch;

export interface ColumnBatch {
  readonly columns: RecordColumns;
  /** Says that nothing of the columns' bytes is looked at from now on. */
  readonly release: () => void;
}

/** The records of one partition's answer, in the place of kafkajs's messages. */
export class FetchedRecords implements ColumnBatch {
  readonly columns: RecordColumns;
  readonly release: () => void;
  constructor(columns: RecordColumns) {
    this.columns = columns;
    // What holds no record is given to nobody, who could say that he is done with it.
    this.release = columns.count === 0 ? () => undefined : holdMemory(columns.bytes);
  }
}

/** Leaves to kafkajs what only it can read. */
export function decodeToColumns(original: DecodeMessages): DecodeMessages {
  return (decoder) => {
    const start = decoder.offset;
    const size = decoder.readInt32();
    if (size > 0 && decoder.canReadBytes(size)) {
      const end = decoder.offset + size;
      const columns = readRecordColumns(decoder.buffer.subarray(decoder.offset, end));
      if (columns !== undefined) {
        decoder.offset = end;
        return Promise.resolve(new FetchedRecords(columns));
      }
    }
    decoder.offset = start;
    if (size > 0) keepMemory(decoder.buffer);
    return original(decoder);
  };
}

/** kafkajs's batch; nothing is different but where its messages come from. */
export function batchOnColumns(Original: BatchClass): BatchClass {
  return class extends Original {
    constructor(topic: string, fetchedOffset: string, data: PartitionData) {
      const { messages } = data;
      if (!(messages instanceof FetchedRecords)) {
        super(topic, fetchedOffset, data);
        return;
      }
      super(topic, fetchedOffset, { ...data, messages: [] });
      const columns = columnsFrom(messages.columns, Number(fetchedOffset));
      if (columns.count === 0) messages.release();
      Object.assign(this, { columns, release: messages.release });
      this.rawMessages = lazyMessages(messages.columns);
      this.messagesWithinOffset = lazyMessages(columns);
      this.messages = this.messagesWithinOffset;
    }
  };
}

/** What a batch of kafkajs gives to handlers, in columns; undefined when kafkajs decoded it itself. */
export function columnsIn(batch: object): ColumnBatch | undefined {
  const { columns, release } = batch as Batch;
  return columns && release && { columns, release };
}

export function recordsOf(columns: RecordColumns): LogRecord[] {
  return Array.from({ length: columns.count }, (_, index) => ({
    offset: columns.offsets[index] as number,
    timestamp: columns.timestamps[index] as number,
    key: keyAt(columns, index),
    value: valueAt(columns, index),
    headers: headersAt(columns, index) as LogRecord['headers'],
  }));
}

/** An array in all it does; kafkajs looks at its length, its first and its last alone, and each is made by itself. */
function lazyMessages(columns: RecordColumns): readonly KafkaMessage[] {
  const made: KafkaMessage[] = [];
  const at = (index: number): KafkaMessage => (made[index] ??= messageAt(columns, index));
  const all = (): KafkaMessage[] => {
    for (let i = 0; i < columns.count; i += 1) at(i);
    return made;
  };
  return new Proxy(made, {
    get(_made, key) {
      if (key === 'length') return columns.count;
      const index = typeof key === 'string' ? Number(key) : NaN;
      if (Number.isInteger(index)) return index >= 0 && index < columns.count ? at(index) : undefined;
      return Reflect.get(all(), key) as unknown;
    },
    has: (_made, key) => Reflect.has(all(), key),
    ownKeys: () => Reflect.ownKeys(all()),
    getOwnPropertyDescriptor: (_made, key) => Reflect.getOwnPropertyDescriptor(all(), key),
  });
}

function messageAt(columns: RecordColumns, index: number): KafkaMessage {
  const message = {
    magicByte: 2,
    attributes: 0,
    timestamp: String(columns.timestamps[index]),
    offset: String(columns.offsets[index]),
    key: keyAt(columns, index),
    value: valueAt(columns, index),
    headers: headersAt(columns, index),
    isControlRecord: false,
  };
  return message as KafkaMessage;
}
