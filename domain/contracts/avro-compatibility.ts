/**
 * What a change of an Avro record schema means for readers, from the schemas alone (Avro 1.11 specification, "Schema
 * Resolution"). Fields are what domain/events/schemas.ts writes: primitives, or unions of primitives. The codec's own
 * library proves the same by building the resolver; a test holds the two together.
 */
import type { AvroField, AvroRecordSchema } from '../events/schemas.ts';
import type { Direction, Finding } from './compatibility.ts';

export type AvroFindingCode = 'record-renamed' | 'field-added' | 'field-removed' | 'avro-type-changed';
export type AvroFinding = Finding<AvroFindingCode>;

/** Every difference that a reader can meet, in the order of the fields' names. */
export function compareAvro(older: AvroRecordSchema, newer: AvroRecordSchema): AvroFinding[] {
  const before = new Map(older.fields.map((field) => [field.name, field]));
  const after = new Map(newer.fields.map((field) => [field.name, field]));
  const kind = newer.name;
  const findings: AvroFinding[] = [];
  if (fullName(older) !== fullName(newer)) {
    const reason = `from ${fullName(older)} to ${fullName(newer)}`;
    findings.push({ code: 'record-renamed', kind, field: null, reason, breaks: ['backward', 'forward'] });
  }
  for (const field of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const change = compareFields(before.get(field), after.get(field));
    if (change !== undefined) findings.push({ ...change, kind, field });
  }
  return findings;
}

const fullName = ({ namespace, name }: AvroRecordSchema): string => `${namespace}.${name}`;

type Change = Omit<AvroFinding, 'kind' | 'field'>;

function compareFields(before: AvroField | undefined, after: AvroField | undefined): Change | undefined {
  if (before === undefined) {
    if (after === undefined) return undefined;
    return hasDefault(after)
      ? { code: 'field-added', reason: 'with a default', breaks: [] }
      : { code: 'field-added', reason: 'without a default, and older records lack it', breaks: ['backward'] };
  }
  if (after === undefined) {
    return hasDefault(before)
      ? { code: 'field-removed', reason: 'it had a default', breaks: [] }
      : { code: 'field-removed', reason: 'older readers have no default for it', breaks: ['forward'] };
  }
  const from = branches(before.type);
  const to = branches(after.type);
  if (from.join() === to.join()) return undefined;
  const breaks: Direction[] = [];
  if (!resolves(from, to)) breaks.push('backward');
  if (!resolves(to, from)) breaks.push('forward');
  const reason = `from ${from.join(' or ')} to ${to.join(' or ')}`;
  return { code: 'avro-type-changed', reason, breaks };
}

const hasDefault = (field: AvroField): boolean => field.default !== undefined;

const branches = (type: AvroField['type']): readonly string[] => (typeof type === 'string' ? [type] : type);

/** What a reader's type takes besides itself. */
const PROMOTED: Readonly<Record<string, readonly string[]>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  string: ['bytes'],
  bytes: ['string'],
};

/** Whether whatever was written under one of `writer` can be read as one of `reader`. */
function resolves(writer: readonly string[], reader: readonly string[]): boolean {
  return writer.every((written) =>
    reader.some((read) => read === written || (PROMOTED[read] ?? []).includes(written)),
  );
}

/** Reads a record schema from outside as far as comparing needs; undefined for what is none. */
export function asAvroRecord(value: unknown): AvroRecordSchema | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, name, namespace, fields } = value as Record<string, unknown>;
  if (type !== 'record' || typeof name !== 'string' || !Array.isArray(fields)) return undefined;
  if (!fields.every(isField)) return undefined;
  // Parsing Canonical Form writes the full name; https://avro.apache.org/docs/1.11.1/specification/
  const dot = name.lastIndexOf('.');
  const space = dot < 0 ? (typeof namespace === 'string' ? namespace : '') : name.slice(0, dot);
  return { type, name: name.slice(dot + 1), namespace: space, fields };
}

function isField(value: unknown): value is AvroField {
  if (typeof value !== 'object' || value === null) return false;
  const { name, type } = value as Record<string, unknown>;
  const isType = (each: unknown): boolean => typeof each === 'string';
  return typeof name === 'string' && (isType(type) || (Array.isArray(type) && type.every(isType)));
}
