/**
 * Schema fingerprints: CRC-64-AVRO (Rabin) of the Parsing Canonical Form (Avro 1.11 specification, "Schema
 * Fingerprints" and "Parsing Canonical Form").
 */
import type avro from 'avsc';

/** Sixteen lower-case hexadecimal digits of the 64-bit fingerprint, most significant first. */
export type Fingerprint = string;

const EMPTY = 0xc15d213aa4d7a795n;

const TABLE: readonly bigint[] = Array.from({ length: 256 }, (_, byte) => {
  let value = BigInt(byte);
  for (let bit = 0; bit < 8; bit += 1) value = (value >> 1n) ^ ((value & 1n) === 1n ? EMPTY : 0n);
  return value;
});

/** CRC-64-AVRO of the bytes. */
function rabin(bytes: Uint8Array): bigint {
  let value = EMPTY;
  for (const byte of bytes) value = (value >> 8n) ^ (TABLE[Number((value ^ BigInt(byte)) & 0xffn)] ?? 0n);
  return value;
}

/** The schema without anything that does not change how bytes are read, as one line of JSON. */
export function canonicalForm(schema: avro.Type): string {
  return JSON.stringify(schema.schema());
}

export function fingerprintOf(schema: avro.Type): Fingerprint {
  return rabin(Buffer.from(canonicalForm(schema)))
    .toString(16)
    .padStart(16, '0');
}

/** The fingerprint as it stands in a single-object header: eight bytes, least significant first. */
export function fingerprintBytes(fingerprint: Fingerprint): Buffer {
  return Buffer.from(fingerprint, 'hex').reverse();
}

const HEADER_BYTES = 10;

/** What a single object of a schema begins with: 0xC3 0x01 and the fingerprint. */
export const singleObjectHeader = (fingerprint: Fingerprint): Buffer =>
  Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprintBytes(fingerprint)]);

/** The fingerprint in the header of a single object; undefined where the bytes do not begin with one. */
export function fingerprintIn(bytes: Buffer): Fingerprint | undefined {
  if (bytes.length < HEADER_BYTES || bytes[0] !== 0xc3 || bytes[1] !== 0x01) return undefined;
  return bytes.readBigUInt64LE(2).toString(16).padStart(16, '0');
}
