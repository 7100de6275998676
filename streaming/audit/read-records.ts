/** Turns records of the audited topics into what the audit takes. */
import { senderIn } from '../../domain/audit/letters.ts';
import type { AuditLimits } from '../../domain/audit/limits.ts';
import type { AuditState } from '../../domain/audit/state.ts';
import { passOver, takeAttributedPlay, takeClean, takeLetter } from '../../domain/audit/take.ts';
import { readLetter } from '../../domain/dead-letter.ts';
import { isMarqueeError } from '../../domain/errors.ts';
import { parseCoordinates } from '../../domain/redrive.ts';
import { CLEAN_TOPICS, type CleanTopic } from '../../domain/topics.ts';
import type { CleanCodec } from '../../infra/avro/codec.ts';
import type { LogRecord } from '../../infra/kafka/consumer-port.ts';

export const AUDITED_TOPICS = [...CLEAN_TOPICS, 'attributed-plays', 'dead-letters'] as const;
export type AuditedTopic = (typeof AUDITED_TOPICS)[number];

/** Larger letters are counted without asking who sent them. */
const MAX_LETTER_BYTES = 256 * 1024;

export interface ReadDeps {
  readonly codec: CleanCodec;
  readonly limits: AuditLimits;
  readonly onCorrupt?: (topic: AuditedTopic) => void;
}

/**
 * Takes the records of one batch. Nothing is awaited between the first and the last, so that state and positions are one
 * at any time; schemas must be known.
 */
export function takeRecords(
  state: AuditState,
  topic: AuditedTopic,
  partition: number,
  records: readonly LogRecord[],
  deps: ReadDeps,
): void {
  for (const record of records) {
    try {
      takeRecord(state, topic, partition, record, deps);
    } catch (error) {
      if (!isMarqueeError(error, 'RECORD_CORRUPT')) throw error;
      deps.onCorrupt?.(topic);
      passOver(state, topic, { partition, offset: record.offset });
    }
  }
}

function takeRecord(
  state: AuditState,
  topic: AuditedTopic,
  partition: number,
  record: LogRecord,
  { codec, limits }: ReadDeps,
): void {
  const place = { partition, offset: record.offset };
  if (topic === 'dead-letters') return takeDeadLetter(state, partition, record, limits);
  const value = record.value ?? Buffer.alloc(0);
  if (topic === 'attributed-plays') {
    takeAttributedPlay(state, place, codec.decodeDerived(topic, value, place), limits);
  } else takeClean(state, topic satisfies CleanTopic, place, codec.decodeClean(topic, value, place), limits);
}

/** A settled letter has no value; one that was put right or refused again was counted when it first came. */
function takeDeadLetter(
  state: AuditState,
  partition: number,
  { offset, key, value, headers }: LogRecord,
  limits: AuditLimits,
): void {
  const place = { partition, offset };
  const letter = readLetter(String(key ?? ''), (name) => {
    const header = headers[name];
    return header === undefined ? undefined : String(header);
  });
  if (value === null || letter.fixed || letter.redrivenAt !== undefined) {
    return passOver(state, 'dead-letters', place);
  }
  const { code, field, appendTime } = letter;
  const sender = senderIn(value, MAX_LETTER_BYTES);
  const rawOffset = parseCoordinates(letter.key)?.offset;
  takeLetter(
    state,
    place,
    rawOffset,
    { code, appendTime, ...sender, ...(field === undefined ? {} : { field }) },
    limits,
  );
}
