/**
 * Clean records with some of their fields only, read straight from Avro: what a rule does not read is stepped over, and
 * texts that come again and again are not made anew. Anything out of the ordinary is left to the codec: a record written
 * with another schema, or one that is not sound.
 */
import {
  ENRICHED_FIELDS,
  FIELDS,
  kindSpec,
  type EnrichedField,
  type EventField,
} from '../../domain/events/contract.ts';
import type { CleanRecord, MarqueeEvent } from '../../domain/events/event.ts';
import { CLEAN_SCHEMAS } from '../../domain/events/schemas.ts';
import { isEventKind } from '../../domain/events/validate.ts';
import { createTextTable, type TextTable } from '../../domain/text-table.ts';
import { TIME_STATUS, type TimeStatus } from '../../domain/time.ts';
import type { CleanTopic } from '../../domain/topics.ts';
import { createFlatReader, type FlatReader } from './flat-reader.ts';

/** The record in [start, end) with the fields that were asked for; undefined when the codec has to look at it. */
export type ProjectedDecoder = (bytes: Buffer, start: number, end: number) => CleanRecord | undefined;

/** What every record has, whatever is asked for. */
const RECORD_COLUMNS = ['rawOffset', 'appendTime', 'timeStatus', 'kind'] as const;
const [RAW_OFFSET, APPEND_TIME, TIME, KIND] = [0, 1, 2, 3] as const;

/** Texts of these fields are few; of the others, mostly every one is new. */
const REPEATED: ReadonlySet<string> = new Set<EventField | EnrichedField>([
  ...([
    'country',
    'device',
    'region',
    'appVersion',
    'pageId',
    'titleId',
    'row',
    'origin',
    'titleKind',
  ] as const),
  ...([
    'rootTitleId',
    'knownKind',
    'genres',
    'pageKind',
    'rowKind',
    'profileSegment',
    'profileCountry',
  ] as const),
]);
/** More texts of one field than this are forgotten. */
const MOST_TEXTS = 1 << 17;

/** Fields that the topic does not have are absent throughout. */
export function createProjectedDecoder(
  topic: CleanTopic,
  fields: readonly (EventField | EnrichedField)[],
): ProjectedDecoder {
  const wanted = [...RECORD_COLUMNS, ...fields];
  const reader = createFlatReader(CLEAN_SCHEMAS[topic], wanted);
  const columns = fields.map((name, i) => createColumn(name, RECORD_COLUMNS.length + i, reader));
  const ofEvent = columns.filter(({ isEnriched }) => !isEnriched);
  const ofEnriched = columns.filter(({ isEnriched }) => isEnriched);
  const kinds = textsIn(reader, KIND);
  const statuses = textsIn(reader, TIME);

  return (bytes, start, end) => {
    if (!reader.read(bytes, start, end)) return undefined;
    const kind = kinds(bytes);
    const timeStatus = statuses(bytes);
    if (!isEventKind(kind) || kindSpec(kind).topic !== topic || !Object.hasOwn(TIME_STATUS, timeStatus))
      return undefined;
    const event: Record<string, unknown> = { kind };
    for (const { name, read } of ofEvent) {
      const value = read(bytes);
      if (value !== undefined) event[name] = value;
    }
    let enriched: Record<string, unknown> | undefined;
    for (const { name, read } of ofEnriched) {
      const value = read(bytes);
      if (value !== undefined) (enriched ??= {})[name] = value;
    }
    const record = {
      rawOffset: reader.numbers[RAW_OFFSET]!,
      appendTime: reader.numbers[APPEND_TIME]!,
      timeStatus: timeStatus as TimeStatus,
      event: event as unknown as MarqueeEvent,
    };
    return enriched === undefined ? record : { ...record, enriched };
  };
}

interface Column {
  readonly name: string;
  readonly isEnriched: boolean;
  /** The value of the record just read; undefined where it is null. */
  read(bytes: Buffer): string | number | undefined;
}

const isEnrichedField = (name: string): name is EnrichedField => Object.hasOwn(ENRICHED_FIELDS, name);

function createColumn(name: EventField | EnrichedField, at: number, reader: FlatReader): Column {
  const isEnriched = isEnrichedField(name);
  const { numbers, starts, ends } = reader;
  if ((isEnriched ? ENRICHED_FIELDS[name] : FIELDS[name]).type !== 'string') {
    const read = (): number | undefined => (Number.isNaN(numbers[at]!) ? undefined : numbers[at]);
    return { name, isEnriched, read };
  }
  const text = REPEATED.has(name)
    ? textsIn(reader, at)
    : (bytes: Buffer): string => bytes.toString('utf8', starts[at], ends[at]);
  return { name, isEnriched, read: (bytes) => (starts[at]! < 0 ? undefined : text(bytes)) };
}

/** Reads a text that was most likely read before. */
function textsIn({ starts, ends }: FlatReader, at: number): (bytes: Buffer) => string {
  let table: TextTable = createTextTable();
  return (bytes) => {
    if (table.size() > MOST_TEXTS) table = createTextTable();
    return table.text(table.ofBytes(bytes, starts[at]!, ends[at]!));
  };
}
