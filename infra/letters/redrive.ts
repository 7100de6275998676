/** Puts dead letters right and sends them again. The extractor settles a letter once its event is durable. */
import { letterHeaders, type DeadLetter } from '../../domain/dead-letter.ts';
import { MarqueeError } from '../../domain/errors.ts';
import { parseEvent } from '../../domain/events/validate.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import { parseCoordinates, REDRIVEN_FROM, SIGHTED, type RawCoordinates } from '../../domain/redrive.ts';
import { topicName } from '../../domain/topics.ts';
import { partitionOfKey } from '../kafka/partitioner.ts';
import type { LogProducer } from '../kafka/producer-port.ts';
import type { CleanQuestion, FindClean } from './clean-lookup.ts';
import type { OpenLetter } from './letter-box.ts';

/** Port: the whole value of a raw record, kept longer than Kafka keeps it; undefined where it is there no more. */
export type ReadRawValue = (at: RawCoordinates) => Promise<Uint8Array | undefined>;

export interface RedriveDeps {
  readonly producer: LogProducer;
  readonly readRawValue: ReadRawValue;
  readonly findClean: FindClean;
  readonly region: Region;
  readonly generation: Generation;
  /** Of every topic of the generation. */
  readonly partitions: number;
  readonly maxEventBytes: number;
}

/** Where a letter's redriven record was appended. */
export interface Redriven {
  readonly key: string;
  readonly partition: number;
  /** Raw offset of the record that was sent. */
  readonly offset: number;
}

export interface RedriveOutcome {
  readonly sent: readonly Redriven[];
  /** Keys of letters that were taken back, since their event is in the clean log. */
  readonly alreadyClean: readonly string[];
}

export interface Redriver {
  /** What the letter stands for, whole: its own value, or the record's in the lake where the letter's is cut. */
  wholeValue(letter: OpenLetter): Promise<{ readonly value: Uint8Array; readonly from: 'letter' | 'lake' }>;
  /**
   * Keeps a value that is an event as the letter's. LETTER_REFUSED where it is none, its profile belongs to another
   * partition, or the letter is of no raw record.
   */
  fix(letter: OpenLetter, value: Uint8Array): Promise<void>;
  /**
   * Appends the letters to their raw partitions; takes those back whose event is clean already. All are read and checked
   * before the first is sent: LETTER_REFUSED or LETTER_TOO_NEW for one of them sends none.
   */
  redrive(letters: readonly OpenLetter[]): Promise<RedriveOutcome>;
}

const refused = (key: string, reason: string): MarqueeError =>
  new MarqueeError('LETTER_REFUSED', { key, reason });

export function createRedriver(deps: RedriveDeps): Redriver {
  const { producer, readRawValue, findClean, region, generation, partitions, maxEventBytes } = deps;
  const lettersTopic = topicName(region, generation, 'dead-letters');

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

  function assertSize(key: string, value: Uint8Array): void {
    if (value.byteLength <= maxEventBytes) return;
    throw refused(key, `the event has ${value.byteLength} bytes, at most ${maxEventBytes} are accepted`);
  }

  /** What looks a profile up looks in one partition alone. */
  function assertAtHome(key: string, partition: number, profileId: string): void {
    const home = partitionOfKey(profileId, partitions);
    if (home === partition) return;
    throw refused(key, `its profile belongs to partition ${home}, the letter is of partition ${partition}`);
  }

  /** Letters that side inputs decided about: a crash may have left their clean record as well. */
  async function cleanAmong(letters: readonly OpenLetter[]): Promise<ReadonlySet<string>> {
    const doubted = letters.filter(({ code }) => code === 'EVENT_CONTRADICTS');
    if (doubted.length === 0) return new Set();
    return findClean(
      doubted.map((letter): CleanQuestion => {
        const { key, redrivenAt, appendTime } = letter;
        const { partition, offset } = placeOf(letter);
        // The letter's append time is that of its newest redrive.
        return {
          key,
          partition,
          offset,
          upTo: redrivenAt ?? offset,
          since: redrivenAt === undefined ? appendTime : 0,
        };
      }),
    );
  }

  async function messageFor(letter: OpenLetter) {
    const { partition } = placeOf(letter);
    const { value } = await wholeValue(letter);
    assertSize(letter.key, value);
    const text = Buffer.from(value);
    const key = profileIn(text);
    if (key !== null) assertAtHome(letter.key, partition, key);
    const headers = { [REDRIVEN_FROM]: letter.key, ...(letter.sighted ? { [SIGHTED]: '1' } : {}) };
    return { letter, message: { partition, key, value: text, headers } };
  }

  return {
    wholeValue,
    async fix(letter, value) {
      const { partition } = placeOf(letter);
      assertSize(letter.key, value);
      const validation = parseEvent(Buffer.from(value).toString('utf8'));
      if (!validation.ok) throw refused(letter.key, validation.fault.message);
      assertAtHome(letter.key, partition, validation.event.profileId);
      const headers = letterHeaders({ ...letter, bytes: value.byteLength, fixed: true });
      const message = { partition, key: letter.key, value: Buffer.from(value), headers };
      await producer.send([{ topic: lettersTopic, messages: [message] }]);
    },
    async redrive(letters) {
      const clean = await cleanAmong(letters);
      const messages = [];
      for (const letter of letters) if (!clean.has(letter.key)) messages.push(await messageFor(letter));
      const alreadyClean = letters.filter(({ key }) => clean.has(key));
      const tombstones = alreadyClean.map((letter) => {
        const { partition } = placeOf(letter);
        return { partition, key: letter.key, value: null };
      });
      if (tombstones.length > 0) await producer.send([{ topic: lettersTopic, messages: tombstones }]);
      const topic = topicName(region, generation, 'raw-events');
      const sent: Redriven[] = [];
      for (const { letter, message } of messages) {
        const [appended] = await producer.send([{ topic, messages: [message] }]);
        sent.push({ key: letter.key, partition: message.partition, offset: appended?.baseOffset ?? -1 });
      }
      return { sent, alreadyClean: alreadyClean.map(({ key }) => key) };
    },
  };
}

/** The record's key as ingestion sets it, where the value is an event. */
function profileIn(value: Buffer): string | null {
  const validation = parseEvent(value.toString('utf8'));
  return validation.ok ? validation.event.profileId : null;
}
