/** Contracts and schemas from wherever they are kept, in one form, so that any two of a kind can be compared. */
import { asAvroRecord, compareAvro } from '../../domain/contracts/avro-compatibility.ts';
import { compareContracts, type Direction, type Finding } from '../../domain/contracts/compatibility.ts';
import {
  currentEventContract,
  readEventContract,
  type EventContract,
} from '../../domain/contracts/event-contract.ts';
import type { ProducerContract } from '../../domain/contracts/producer-contract.ts';
import { readContract, refusing } from '../../domain/contracts/read-contract.ts';
import { eventShape, producerShape } from '../../domain/contracts/shape.ts';
import { CLEAN_SCHEMAS, DERIVED_SCHEMAS, type AvroRecordSchema } from '../../domain/events/schemas.ts';
import { avroFault } from './avro-proof.ts';

export type ContractDocument =
  | { readonly type: 'producer'; readonly name: string; readonly contract: ProducerContract }
  | { readonly type: 'event-contract'; readonly name: string; readonly contract: EventContract }
  | {
      readonly type: 'avro';
      readonly name: string;
      readonly schema: AvroRecordSchema;
      /** False for canonical forms, which leave defaults out: as a reader such a schema says nothing. */
      readonly hasDefaults: boolean;
    };

export interface DocumentFinding extends Finding<string> {
  /** The name of the document. */
  readonly document: string;
}

export const EVENT_CONTRACT = 'event-contract';

/** The event contract and the Avro schemas of this code. */
export function codeDocuments(): ContractDocument[] {
  const schemas = Object.values({ ...CLEAN_SCHEMAS, ...DERIVED_SCHEMAS });
  return [
    { type: 'event-contract', name: EVENT_CONTRACT, contract: currentEventContract() },
    ...schemas.map((schema) => avroDocument(schema, true)),
  ];
}

export function avroDocument(schema: AvroRecordSchema, hasDefaults: boolean): ContractDocument {
  return { type: 'avro', name: `${schema.namespace}.${schema.name}`, schema, hasDefaults };
}

/** Reads a producer's contract, a snapshot of the event contract or an Avro schema; throws CONTRACT_INVALID. */
export function parseDocument(text: string, subject: string): ContractDocument {
  const refuse = refusing(subject);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(`it is not JSON: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
  const schema = asAvroRecord(value);
  if (schema !== undefined) return avroDocument(schema, true);
  const has = (field: string): boolean =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, field);
  if (has('envelope'))
    return { type: 'event-contract', name: EVENT_CONTRACT, contract: readEventContract(value, refuse) };
  const contract = readContract(value, refuse);
  return { type: 'producer', name: contract.producer, contract };
}

/** Every difference between two documents of one type; undefined where they are of different types. */
function compareDocuments(older: ContractDocument, newer: ContractDocument): DocumentFinding[] | undefined {
  const named = (findings: readonly Finding<string>[]): DocumentFinding[] =>
    findings.map((finding) => ({ document: newer.name, ...finding }));
  if (older.type === 'producer' && newer.type === 'producer')
    return named(compareContracts(producerShape(older.contract), producerShape(newer.contract)));
  if (older.type === 'event-contract' && newer.type === 'event-contract')
    return named(compareContracts(eventShape(older.contract), eventShape(newer.contract)));
  if (older.type === 'avro' && newer.type === 'avro') return named(compareSchemas(older, newer));
  return undefined;
}

type AvroDocument = Extract<ContractDocument, { type: 'avro' }>;

/** What the schemas say, and where they say nothing, what the library that reads records says. */
function compareSchemas(older: AvroDocument, newer: AvroDocument): Finding<string>[] {
  const judged: Direction[] = [
    ...(newer.hasDefaults ? (['backward'] as const) : []),
    ...(older.hasDefaults ? (['forward'] as const) : []),
  ];
  const findings = compareAvro(older.schema, newer.schema).map((finding): Finding<string> => {
    return { ...finding, breaks: finding.breaks.filter((direction) => judged.includes(direction)) };
  });
  for (const direction of judged) {
    if (findings.some(({ breaks }) => breaks.includes(direction))) continue;
    const [reader, writer] = direction === 'backward' ? [newer, older] : [older, newer];
    const reason = avroFault(reader.schema, writer.schema);
    const about = { code: 'resolver-refuses', kind: newer.schema.name, field: null };
    if (reason !== undefined) findings.push({ ...about, reason, breaks: [direction] });
  }
  return findings;
}

export interface Comparison {
  readonly findings: readonly DocumentFinding[];
  /** Documents that have no counterpart. */
  readonly onlyOlder: readonly string[];
  readonly onlyNewer: readonly string[];
}

/** Compares what has the same name; one document on either side is compared whatever its name. */
export function compareSets(
  older: readonly ContractDocument[],
  newer: readonly ContractDocument[],
): Comparison {
  const [before, after] = [older[0], newer[0]];
  if (older.length === 1 && newer.length === 1 && before !== undefined && after !== undefined) {
    const findings = compareDocuments(before, after);
    if (findings !== undefined) return { findings, onlyOlder: [], onlyNewer: [] };
  }
  const isIn = (documents: readonly ContractDocument[], { type, name }: ContractDocument): boolean =>
    documents.some((each) => each.type === type && each.name === name);
  const missing = (from: readonly ContractDocument[], others: readonly ContractDocument[]): string[] =>
    from.filter((document) => !isIn(others, document)).map(({ name }) => name);
  const findings = newer.flatMap((document) =>
    older
      .filter(({ type, name }) => type === document.type && name === document.name)
      .flatMap((counterpart) => compareDocuments(counterpart, document) ?? []),
  );
  return { findings, onlyOlder: missing(older, newer), onlyNewer: missing(newer, older) };
}
