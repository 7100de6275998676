/** Rows of one partition as growing columns, ready for the lake. */
import { EVENT_KINDS, kindSpec } from '../../domain/events/contract.ts';
import { CLEAN_SCHEMAS, DERIVED_SCHEMAS } from '../../domain/events/schemas.ts';
import { TIME_STATUS } from '../../domain/time.ts';
import { CLEAN_TOPICS, DERIVED_TOPICS, type CleanTopic, type DerivedTopic } from '../../domain/topics.ts';
import { createColumnsDecoder, type ColumnsDecoder } from '../../infra/avro/columns-decoder.ts';
import {
  clearPacked,
  packedBytes,
  packedBytesHeld,
  packedNumbers,
  putBytes,
  putNumber,
  putText,
  type PackedBytes,
  type PackedColumn,
  type PackedNumbers,
  type PackedValue,
} from '../../infra/duckdb/packed-columns.ts';
import {
  columnOfField,
  DERIVED_TABLES,
  RAW_TABLE,
  TABLE_COLUMNS,
  type LakeTable,
} from '../../infra/lake/tables.ts';
import type { DecodedRow, EncodedRow, RawRow, SinkRow } from './rows.ts';

export interface RowBuffer {
  /** Throws what `whole` of an encoded row throws; the buffer is then as it was. */
  push(row: SinkRow): void;
  /** Forgets all rows, but keeps the memory for others: growing anew costs as much as what is put into it. */
  clear(): void;
  rowCount(): number;
  /** What the rows take, bytes; an estimate. */
  bytes(): number;
  /** What the buffer takes, empty or not, bytes. */
  heldBytes(): number;
  /** Of its rows, of which there is one at least. */
  lastOffset(): number;
  columns(): Readonly<Record<string, PackedColumn>>;
}

/** What a row costs beside its payload, bytes; an estimate that bounds memory. */
const ROW_OVERHEAD_BYTES = 200;

/** How the records of a topic become rows of its table. */
interface RecordPlan {
  readonly decoder: ColumnsDecoder;
  /** The table's column of each of the record's, in the record's order. */
  readonly columns: readonly string[];
}

const PLANS: ReadonlyMap<LakeTable, RecordPlan> = new Map<LakeTable, RecordPlan>([
  ...CLEAN_TOPICS.map((topic): [LakeTable, RecordPlan] => [topic, cleanPlan(topic)]),
  ...DERIVED_TOPICS.map((topic): [LakeTable, RecordPlan] => [DERIVED_TABLES[topic], derivedPlan(topic)]),
]);

function cleanPlan(topic: CleanTopic): RecordPlan {
  const kind = EVENT_KINDS.filter((one) => kindSpec(one).topic === topic);
  const decoder = createColumnsDecoder(CLEAN_SCHEMAS[topic], { kind, timeStatus: Object.keys(TIME_STATUS) });
  return { decoder, columns: decoder.names.map(columnOfField) };
}

function derivedPlan(topic: DerivedTopic): RecordPlan {
  const decoder = createColumnsDecoder(DERIVED_SCHEMAS[topic]);
  return { decoder, columns: decoder.names.map(columnOfField) };
}

/** Whether a record of the table's topic was written with the schema of this code, so that no other need be known. */
export const isOwnSchema = (table: LakeTable, bytes: Uint8Array, from: number, to: number): boolean =>
  PLANS.get(table)?.decoder.isOwn(bytes, from, to) === true;

export function createRowBuffer(table: LakeTable): RowBuffer {
  const plan = PLANS.get(table);
  const columns = emptyColumns(table);
  const numbersOf = (name: string): PackedNumbers => columns[name] as PackedNumbers;
  const offsets = numbersOf('offset');
  const fingerprints = columns['schema_fingerprint'] as PackedBytes | undefined;
  const recordColumns = plan?.columns.map((name) => columns[name]!) ?? [];
  let rowCount = 0;
  let bytes = 0;

  function put(name: string, value: PackedValue | undefined): void {
    if (value === null || value === undefined) return;
    const column = columns[name];
    if (column === undefined) return;
    if (column.kind === 'number') putNumber(column, rowCount, value as number);
    else if (typeof value === 'string') putText(column, rowCount, value);
    else putBytes(column, rowCount, value as Uint8Array, 0, (value as Uint8Array).length);
  }

  function pushRaw({ appendTime, key, value, redriven }: RawRow): number {
    put('append_time', appendTime);
    put('key', key);
    put('value', value);
    put('redriven_from', redriven?.from);
    if (redriven !== undefined) put('redriven_sighted', Number(redriven.sighted));
    return (key?.byteLength ?? 0) + (value?.byteLength ?? 0);
  }

  /** A record of the schema of this code goes straight into columns; what is unusual about any other, the codec knows. */
  function pushEncoded(row: EncodedRow): number {
    const { bytes: source, from, to } = row;
    if (!plan!.decoder.decode(source, from, to, recordColumns, rowCount)) return pushDecoded(row.whole(row));
    if (fingerprints !== undefined) putText(fingerprints, rowCount, plan!.decoder.fingerprint);
    return to - from;
  }

  function pushDecoded(row: DecodedRow): number {
    for (const [field, value] of Object.entries(valuesOf(row)))
      put(columnOfField(field), value as PackedValue);
    return row.bytes;
  }

  return {
    push(row) {
      const size =
        'whole' in row
          ? pushEncoded(row)
          : table === RAW_TABLE
            ? pushRaw(row as RawRow)
            : pushDecoded(row as DecodedRow);
      putNumber(offsets, rowCount, row.offset);
      bytes += size + ROW_OVERHEAD_BYTES;
      rowCount++;
    },
    clear() {
      for (const column of Object.values(columns)) clearPacked(column, rowCount);
      rowCount = 0;
      bytes = 0;
    },
    rowCount: () => rowCount,
    bytes: () => bytes,
    heldBytes: () => Object.values(columns).reduce((sum, column) => sum + packedBytesHeld(column), 0),
    lastOffset: () => offsets.values[rowCount - 1]!,
    columns: () => columns,
  };
}

function valuesOf(row: DecodedRow): object {
  if ('derived' in row) return row.derived;
  const { schemaFingerprint } = row;
  const { event, enriched, ...place } = row.record;
  return { ...place, schemaFingerprint, ...event, ...enriched };
}

/** Without region, generation and partition, which are the same in all rows. */
function emptyColumns(table: LakeTable): Readonly<Record<string, PackedColumn>> {
  const own = TABLE_COLUMNS[table].filter(
    ({ name }) => !['region', 'generation', 'partition'].includes(name),
  );
  return Object.fromEntries(
    own.map(({ name, kind }) => [name, kind === 'number' ? packedNumbers() : packedBytes(kind)]),
  );
}
