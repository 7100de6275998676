/** The open dead letters of a region, read from the compacted topic that holds them. */
import { readLetter, type DeadLetter } from '../../domain/dead-letter.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import { topicName } from '../../domain/topics.ts';
import type { KafkaClient } from '../kafka/client.ts';
import type { LogRecord } from '../kafka/consumer-port.ts';
import { readAll } from '../kafka/reader.ts';

export interface OpenLetter extends DeadLetter {
  /** As far as the letter carries it: `bytes` long where it is whole; empty where it was not asked for. */
  readonly value: Buffer;
}

export interface LetterFilter {
  readonly code?: string | undefined;
  readonly field?: string | undefined;
  /** Append time of the refused record, ms. */
  readonly since?: number | undefined;
}

export interface LetterBox {
  /**
   * Every open letter that matches, oldest record first, its value cut to `previewBytes`. Memory is bounded by the number
   * of open letters.
   */
  list(filter: LetterFilter, previewBytes: number): Promise<OpenLetter[]>;
  /** The open letters of these keys, with their values; keys without one are left out. */
  find(keys: ReadonlySet<string>): Promise<OpenLetter[]>;
  /**
   * Follows the topic until `isDone` says so of the letters as they are, or the time is up: answers what it said last.
   */
  waitFor(
    keys: ReadonlySet<string>,
    isDone: (letters: ReadonlyMap<string, DeadLetter>) => boolean,
    timeoutMs: number,
  ): Promise<boolean>;
}

export interface LetterBoxDeps {
  readonly kafka: KafkaClient;
  readonly region: Region;
  readonly generation: Generation;
}

const letterOf = (key: string, { headers }: LogRecord): DeadLetter =>
  readLetter(key, (name) => {
    const value = headers[name];
    return value === undefined ? undefined : String(value);
  });

export const matches = (letter: DeadLetter, { code, field, since }: LetterFilter): boolean =>
  (code === undefined || letter.code === code) &&
  (field === undefined || letter.field === field) &&
  (since === undefined || letter.appendTime >= since);

export function createLetterBox({ kafka, region, generation }: LetterBoxDeps): LetterBox {
  const topic = topicName(region, generation, 'dead-letters');

  /** `take` says what to keep of a letter that is open as far as the log was read; undefined keeps nothing. */
  async function collect(take: (letter: DeadLetter, value: Buffer) => OpenLetter | undefined) {
    const open = new Map<string, OpenLetter>();
    const reader = await readAll(kafka, {
      topic,
      live: false,
      onRecords({ records }) {
        for (const record of records) {
          const key = String(record.key);
          const taken = record.value === null ? undefined : take(letterOf(key, record), record.value);
          if (taken === undefined) open.delete(key);
          else open.set(key, taken);
        }
      },
    });
    await reader.caughtUp;
    await reader.stop();
    return [...open.values()].sort((a, b) => a.appendTime - b.appendTime || (a.key < b.key ? -1 : 1));
  }

  return {
    list: (filter, previewBytes) =>
      collect((letter, value) =>
        matches(letter, filter)
          ? { ...letter, value: Buffer.from(value.subarray(0, previewBytes)) }
          : undefined,
      ),
    find: (keys) =>
      collect((letter, value) =>
        keys.has(letter.key) ? { ...letter, value: Buffer.from(value) } : undefined,
      ),
    async waitFor(keys, isDone, timeoutMs) {
      const open = new Map<string, DeadLetter>();
      const done = Promise.withResolvers<boolean>();
      let isCaughtUp = false;
      const look = (): void => {
        if (isCaughtUp && isDone(open)) done.resolve(true);
      };
      const reader = await readAll(kafka, {
        topic,
        live: true,
        onRecords({ records }) {
          for (const record of records) {
            const key = String(record.key);
            if (!keys.has(key)) continue;
            if (record.value === null) open.delete(key);
            else open.set(key, letterOf(key, record));
          }
          look();
        },
        onCaughtUp() {
          isCaughtUp = true;
          look();
        },
      });
      reader.caughtUp.catch(done.reject);
      reader.closed.catch(done.reject);
      const timer = setTimeout(() => done.resolve(isCaughtUp && isDone(open)), timeoutMs);
      try {
        return await done.promise;
      } finally {
        clearTimeout(timer);
        await reader.stop();
      }
    },
  };
}
