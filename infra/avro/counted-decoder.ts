/**
 * From the Avro bytes of a clean record straight to the columns that counting reads (Avro 1.11 specification, "Binary
 * Encoding"): columns nobody counts are stepped over, and known texts are found by their bytes. Anything out of the
 * ordinary is left to the codec, whose verdict stands: a record written with another schema, or one that is not sound.
 */
import {
  NO_ROW,
  rowKindOf,
  setPlay,
  setProfile,
  setSketchPlace,
  type CountedColumns,
} from '../../domain/counted-columns.ts';
import { countryCode } from '../../domain/country-code.ts';
import { EVENT_KINDS, kindSpec } from '../../domain/events/contract.ts';
import { CLEAN_SCHEMAS } from '../../domain/events/schemas.ts';
import { hashProfileUtf8 } from '../../domain/hash.ts';
import { createTextTable } from '../../domain/text-table.ts';
import { bucketOf, TIME_STATUS, type TimeStatus } from '../../domain/time.ts';
import type { CountedTopic } from '../../domain/topics.ts';
import { createFlatReader } from './flat-reader.ts';

/** Puts one record in row `i`, whose offset is set; false when the codec has to look at it. */
export type CountedDecoder = (
  bytes: Uint8Array,
  start: number,
  end: number,
  columns: CountedColumns,
  i: number,
) => boolean;

const WANTED = [
  'rawOffset',
  'appendTime',
  'timeStatus',
  'kind',
  'eventTime',
  'profileId',
  'country',
  'titleId',
  'playId',
  'viewedSeconds',
  'durationSeconds',
  'row',
  'origin',
  'profileHash',
  'runtimeSeconds',
] as const;
const AT = Object.fromEntries(WANTED.map((name, at) => [name, at])) as Record<
  (typeof WANTED)[number],
  number
>;

const STATUSES = Object.keys(TIME_STATUS) as TimeStatus[];
const ORIGINS = ['explicit', 'synthetic'];
const COUNTRY_BYTES = 2;

export function createCountedDecoder(topic: CountedTopic): CountedDecoder {
  const reader = createFlatReader(CLEAN_SCHEMAS[topic], WANTED);
  const { numbers, starts, ends } = reader;
  const kinds = EVENT_KINDS.filter((kind) => kindSpec(kind).topic === topic);
  const [kindTable, statusTable, originTable] = [kinds, STATUSES, ORIGINS].map((texts) => {
    const table = createTextTable();
    for (const text of texts) table.of(text);
    return table;
  }) as [
    ReturnType<typeof createTextTable>,
    ReturnType<typeof createTextTable>,
    ReturnType<typeof createTextTable>,
  ];
  const rowKinds = kinds.map((kind) => [
    rowKindOf(kind, undefined),
    ...ORIGINS.map((origin) => rowKindOf(kind, origin)),
  ]);

  return (bytes, start, end, columns, i) => {
    if (!reader.read(bytes, start, end)) return false;
    const kind = kindTable.ofBytes(bytes, starts[AT.kind]!, ends[AT.kind]!);
    const status = statusTable.ofBytes(bytes, starts[AT.timeStatus]!, ends[AT.timeStatus]!);
    const hasOrigin = starts[AT.origin]! >= 0;
    const origin = hasOrigin ? 1 + originTable.ofBytes(bytes, starts[AT.origin]!, ends[AT.origin]!) : 0;
    const country = starts[AT.country]!;
    const isSound =
      kind < kinds.length &&
      status < STATUSES.length &&
      origin <= ORIGINS.length &&
      ends[AT.country]! - country === COUNTRY_BYTES &&
      starts[AT.titleId]! >= 0;
    if (!isSound) return false;
    columns.kind[i] = rowKinds[kind]![origin]!;
    columns.rawOffset[i] = numbers[AT.rawOffset]!;
    columns.appendTime[i] = numbers[AT.appendTime]!;
    columns.eventTime[i] = numbers[AT.eventTime]!;
    columns.bucket[i] = bucketOf(numbers[AT.eventTime]!, STATUSES[status]!);
    columns.title[i] = columns.titles.ofBytes(bytes, starts[AT.titleId]!, ends[AT.titleId]!);
    columns.country[i] = countryCode(bytes[country]!, bytes[country + 1]!);
    setProfile(columns, i, hashProfileUtf8(bytes, starts[AT.profileId]!, ends[AT.profileId]!));
    const hash = numbers[AT.profileHash]!;
    setSketchPlace(columns, i, Number.isNaN(hash) ? undefined : hash);
    const row = starts[AT.row]!;
    columns.row[i] = row < 0 ? NO_ROW : columns.rowNames.ofBytes(bytes, row, ends[AT.row]!);
    columns.viewedSeconds[i] = numbers[AT.viewedSeconds]!;
    const duration = numbers[AT.durationSeconds]!;
    columns.runtimeSeconds[i] = Number.isNaN(duration) ? numbers[AT.runtimeSeconds]! : duration;
    columns.hasPlay[i] = 0;
    // Only what says how much was viewed can prove its play.
    if (starts[AT.playId]! >= 0 && !Number.isNaN(numbers[AT.viewedSeconds]!))
      setPlay(columns, i, bytes, starts[AT.playId]!, ends[AT.playId]!);
    return true;
  };
}
