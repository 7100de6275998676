/** Puts dead letters right and sends them again. The extractor settles a letter once its event is durable. */
import { letterHeaders, type DeadLetter } from '../../domain/dead-letter.ts';
import { MarqueeError } from '../../domain/errors.ts';
import { parseEvent } from '../../domain/events/validate.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import { parseCoordinates, REDRIVEN_FROM, SIGHTED, type RawCoordinates } from '../../domain/redrive.ts';
import { topicName } from '../../domain/topics.ts';
import type { LogProducer } from '../kafka/producer-port.ts';
import type { OpenLetter } from './letter-box.ts';

/** Port: the whole value of a raw record, kept longer than Kafka keeps it; undefined where it is there no more. */
export type ReadRawValue = (at: RawCoordinates) => Promise<Uint8Array | undefined>;

export interface RedriveDeps {
  readonly producer: LogProducer;
  readonly readRawValue: ReadRawValue;
  readonly region: Region;
  readonly generation: Generation;
  readonly maxEventBytes: number;
}

/** Where a letter's redriven record was appended. */
export interface Redriven {
  readonly key: string;
  readonly partition: number;
  /** Raw offset of the record that was sent. */
  readonly offset: number;
}

export interface Redriver {
  /** What the letter stands for, whole: its own value, or the record's in the lake where the letter's is cut. */
  wholeValue(letter: OpenLetter): Promise<{ readonly value: Uint8Array; readonly from: 'letter' | 'lake' }>;
  /** Keeps a value that is an event as the letter's. LETTER_REFUSED where it is none, or the letter is of no raw record. */
  fix(letter: OpenLetter, value: Uint8Array): Promise<void>;
  /** Appends the letters to their raw partitions. All are read and checked before the first is sent. */
  redrive(letters: readonly OpenLetter[]): Promise<Redriven[]>;
}

const refused = (key: string, reason: string): MarqueeError =>
  new MarqueeError('LETTER_REFUSED', { key, reason });

export function createRedriver(deps: RedriveDeps): Redriver {
  const { producer, readRawValue, region, generation, maxEventBytes } = deps;

  function placeOf({ key }: DeadLetter): RawCoordinates {
    const at = parseCoordinates(key);
    if (at === undefined) throw refused(key, 'it is of no raw record');
    if (at.region !== region || at.generation !== generation) {
      throw refused(key, `this is region ${region}, generation ${generation}`);
    }
    return at;
  }

  async function wholeValue(letter: OpenLetter) {
    if (letter.fixed || letter.value.byteLength >= letter.bytes)
      return { value: letter.value, from: 'letter' as const };
    const at = placeOf(letter);
    const value = await readRawValue({ ...at, offset: letter.redrivenAt ?? at.offset });
    if (value === undefined) {
      const kept = `it carries ${letter.value.byteLength} of ${letter.bytes} bytes`;
      throw refused(letter.key, `${kept}, and the raw record is not in the lake`);
    }
    return { value, from: 'lake' as const };
  }

  return {
    wholeValue,
    async fix(letter, value) {
      const { partition } = placeOf(letter);
      if (value.byteLength > maxEventBytes) {
        throw refused(
          letter.key,
          `the event has ${value.byteLength} bytes, at most ${maxEventBytes} are accepted`,
        );
      }
      const validation = parseEvent(Buffer.from(value).toString('utf8'));
      if (!validation.ok) throw refused(letter.key, validation.fault.message);
      const headers = letterHeaders({ ...letter, bytes: value.byteLength, fixed: true });
      const message = { partition, key: letter.key, value: Buffer.from(value), headers };
      await producer.send([{ topic: topicName(region, generation, 'dead-letters'), messages: [message] }]);
    },
    async redrive(letters) {
      const messages = [];
      for (const letter of letters) {
        const { partition } = placeOf(letter);
        const { value } = await wholeValue(letter);
        if (value.byteLength > maxEventBytes) {
          throw refused(
            letter.key,
            `it has ${value.byteLength} bytes, at most ${maxEventBytes} are accepted`,
          );
        }
        const headers = { [REDRIVEN_FROM]: letter.key, ...(letter.sighted ? { [SIGHTED]: '1' } : {}) };
        const text = Buffer.from(value);
        messages.push({ letter, message: { partition, key: profileIn(text), value: text, headers } });
      }
      const topic = topicName(region, generation, 'raw-events');
      const sent: Redriven[] = [];
      for (const { letter, message } of messages) {
        const [appended] = await producer.send([{ topic, messages: [message] }]);
        sent.push({ key: letter.key, partition: message.partition, offset: appended?.baseOffset ?? -1 });
      }
      return sent;
    },
  };
}

/** The record's key as ingestion sets it, where the value is an event. */
function profileIn(value: Buffer): string | null {
  const validation = parseEvent(value.toString('utf8'));
  return validation.ok ? validation.event.profileId : null;
}
