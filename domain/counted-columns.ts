/**
 * Records of one clean partition as counting reads them, one typed array a field. Filled by a decoder straight from Avro,
 * or from records by `pushRecord`; either way the same fold reads them.
 */
import { countryCode } from './country-code.ts';
import { rankOf, registerOf } from './distinct.ts';
import { hashProfile, hashText, hashUtf8 } from './hash.ts';
import type { CountedRecord } from './measures.ts';
import { createTextTable, type TextTable } from './text-table.ts';
import { bucketOf } from './time.ts';

/** What a row is. */
export const ROW_KIND = {
  /** Cannot be decoded: it moves the position and nothing else. */
  unreadable: 0,
  /** Counts for nothing, but what it tells of the log counts. */
  other: 1,
  start: 2,
  stop: 3,
  /** A pause, resume or skip: may prove a play. */
  pause: 4,
  /** An impression that somebody saw. */
  impression: 5,
} as const;

export const NO_ROW = -1;

/** Row i is valid below `size`. Profile hashes are of 52 bits: the low 32 and the high 20. */
export interface CountedColumns {
  size: number;
  readonly capacity: number;
  readonly titles: TextTable;
  readonly rowNames: TextTable;
  readonly offset: Float64Array;
  /** One of ROW_KIND. */
  readonly kind: Uint8Array;
  readonly rawOffset: Float64Array;
  readonly appendTime: Float64Array;
  readonly eventTime: Float64Array;
  readonly bucket: Int32Array;
  /** By `titles`. */
  readonly title: Int32Array;
  /** By `countryCode`. */
  readonly country: Uint16Array;
  readonly profileLow: Uint32Array;
  readonly profileHigh: Uint32Array;
  /** Register of the distinct sketch that the profile falls into; NO_ROW where enrichment wrote no hash of it. */
  readonly register: Int16Array;
  readonly rank: Uint8Array;
  /** By `rowNames`; NO_ROW where it has none. */
  readonly row: Int32Array;
  /** Hashes of the play's id where seconds viewed are told as well; told to be there by `hasPlay`. */
  readonly playLow: Uint32Array;
  readonly playHigh: Uint32Array;
  readonly hasPlay: Uint8Array;
  /** NaN where it is absent. */
  readonly viewedSeconds: Float64Array;
  /** As the app told it, else as the catalogue did; NaN where neither. */
  readonly runtimeSeconds: Float64Array;
}

export function createCountedColumns(
  capacity: number,
  titles: TextTable = createTextTable(),
  rowNames: TextTable = createTextTable(),
): CountedColumns {
  return {
    size: 0,
    capacity,
    titles,
    rowNames,
    offset: new Float64Array(capacity),
    kind: new Uint8Array(capacity),
    rawOffset: new Float64Array(capacity),
    appendTime: new Float64Array(capacity),
    eventTime: new Float64Array(capacity),
    bucket: new Int32Array(capacity),
    title: new Int32Array(capacity),
    country: new Uint16Array(capacity),
    profileLow: new Uint32Array(capacity),
    profileHigh: new Uint32Array(capacity),
    register: new Int16Array(capacity),
    rank: new Uint8Array(capacity),
    row: new Int32Array(capacity),
    playLow: new Uint32Array(capacity),
    playHigh: new Uint32Array(capacity),
    hasPlay: new Uint8Array(capacity),
    viewedSeconds: new Float64Array(capacity),
    runtimeSeconds: new Float64Array(capacity),
  };
}

const TWO_32 = 0x1_0000_0000;

const KIND_OF: Readonly<Record<string, number>> = {
  play_start: ROW_KIND.start,
  play_stop: ROW_KIND.stop,
  play_pause: ROW_KIND.pause,
  play_resume: ROW_KIND.pause,
  play_skip: ROW_KIND.pause,
  impression: ROW_KIND.impression,
};

/** What a server inferred from its own answer was not seen by anyone. */
export function rowKindOf(kind: string, origin: string | undefined): number {
  const known = KIND_OF[kind] ?? ROW_KIND.other;
  return known === ROW_KIND.impression && origin === 'synthetic' ? ROW_KIND.other : known;
}

const PLAY_LOW_SEED = 0x2545f491;
const PLAY_HIGH_SEED = 0x27d4eb2f;

/** The id of the play, by its UTF-8 bytes. */
export function setPlay(
  columns: CountedColumns,
  i: number,
  id: Uint8Array,
  start: number,
  end: number,
): void {
  columns.hasPlay[i] = 1;
  columns.playLow[i] = hashUtf8(id, start, end, PLAY_LOW_SEED);
  columns.playHigh[i] = hashUtf8(id, start, end, PLAY_HIGH_SEED);
}

/** Whom caps and proofs are told by: `hash` as `hashProfile` gives it. */
export function setProfile(columns: CountedColumns, i: number, hash: number): void {
  columns.profileLow[i] = hash % TWO_32;
  columns.profileHigh[i] = Math.floor(hash / TWO_32);
}

/** Where the profile stands in the distinct sketch, by the hash that enrichment wrote; undefined for none. */
export function setSketchPlace(columns: CountedColumns, i: number, hash: number | undefined): void {
  columns.register[i] = hash === undefined ? NO_ROW : registerOf(hash);
  columns.rank[i] = hash === undefined ? 0 : rankOf(hash);
}

/** Appends a record; undefined is one that cannot be decoded. Throws RangeError when the columns are full. */
export function pushRecord(columns: CountedColumns, offset: number, record: CountedRecord | undefined): void {
  const i = columns.size;
  if (i === columns.capacity) throw new RangeError(`${columns.capacity} records are all these columns hold`);
  columns.size += 1;
  columns.offset[i] = offset;
  columns.kind[i] = ROW_KIND.unreadable;
  if (record !== undefined) setRecord(columns, i, record);
}

/** Records at their offsets, in columns of their own. */
export function columnsOf(
  inputs: readonly { readonly offset: number; readonly record: CountedRecord | undefined }[],
  titles?: TextTable,
  rowNames?: TextTable,
): CountedColumns {
  const columns = createCountedColumns(inputs.length, titles, rowNames);
  for (const { offset, record } of inputs) pushRecord(columns, offset, record);
  return columns;
}

/** Puts a record in row i, whose offset is set. */
export function setRecord(columns: CountedColumns, i: number, record: CountedRecord): void {
  const { country, playId, row } = record;
  columns.kind[i] = rowKindOf(record.kind, record.origin);
  columns.rawOffset[i] = record.rawOffset;
  columns.appendTime[i] = record.appendTime;
  columns.eventTime[i] = record.eventTime;
  columns.bucket[i] = bucketOf(record.eventTime, record.timeStatus);
  columns.title[i] = columns.titles.of(record.titleId);
  columns.country[i] = countryCode(country.charCodeAt(0), country.charCodeAt(1));
  setProfile(columns, i, hashProfile(record.profileId));
  setSketchPlace(columns, i, record.profileHash);
  columns.row[i] = row === undefined ? NO_ROW : columns.rowNames.of(row);
  columns.hasPlay[i] = 0;
  if (playId !== undefined && record.viewedSeconds !== undefined) {
    columns.hasPlay[i] = 1;
    columns.playLow[i] = hashText(playId, PLAY_LOW_SEED);
    columns.playHigh[i] = hashText(playId, PLAY_HIGH_SEED);
  }
  columns.viewedSeconds[i] = record.viewedSeconds ?? NaN;
  columns.runtimeSeconds[i] = record.durationSeconds ?? record.runtimeSeconds ?? NaN;
}

/** The same records with their texts numbered by other tables. */
export function renumbered(columns: CountedColumns, titles: TextTable, rowNames: TextTable): CountedColumns {
  const rename = (column: Int32Array, from: TextTable, to: TextTable): Int32Array =>
    column.map((number, i) =>
      i < columns.size && number >= 0 && number < from.size() ? to.of(from.text(number)) : number,
    );
  return {
    ...columns,
    titles,
    rowNames,
    title: rename(columns.title, columns.titles, titles),
    row: rename(columns.row, columns.rowNames, rowNames),
  };
}
