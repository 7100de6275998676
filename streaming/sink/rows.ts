/** What the sink takes: records of the raw log as they are, others decoded or still encoded. */
import type { DerivedRecord } from '../../domain/events/derived.ts';
import type { CleanRecord } from '../../domain/events/event.ts';
import type { Redriven } from '../../domain/redrive.ts';

/** A clean record with its place in the clean partition. */
export interface CleanRow {
  readonly offset: number;
  readonly record: CleanRecord;
  /** Of the writer's schema, hexadecimal. */
  readonly schemaFingerprint: string;
  /** Size on the wire. */
  readonly bytes: number;
}

/** A raw record as the broker holds it. */
export interface RawRow {
  readonly offset: number;
  /** Broker append time, milliseconds. */
  readonly appendTime: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly redriven?: Redriven | undefined;
}

/** A derived record with its place in its partition. */
export interface DerivedRow {
  readonly offset: number;
  readonly derived: DerivedRecord;
  /** Size on the wire. */
  readonly bytes: number;
}

export type DecodedRow = CleanRow | DerivedRow;

/** A clean or derived record as it is on the wire: some of these bytes, or none of them where it has no value. */
export interface EncodedRow {
  readonly offset: number;
  readonly bytes: Buffer;
  /** Inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** The same decoded by the codec, whose word it is; throws RECORD_CORRUPT where nobody can decode it. */
  readonly whole: (row: EncodedRow) => DecodedRow;
}

export type SinkRow = DecodedRow | RawRow | EncodedRow;
