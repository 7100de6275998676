/**
 * The form in which contracts are compared: which attributes the events of a kind have, and what each may hold. A writer
 * sends nothing but what its contract names; a reader passes over what it does not know. These are the rules of Avro's
 * schema resolution (Avro 1.11 specification, "Schema Resolution"), so that events and schemas evolve alike.
 */
import { EVENT_KINDS, FIELDS, kindSpec, REQUIRED_ENVELOPE } from '../events/contract.ts';
import type { EventContract, EventFieldSpec } from './event-contract.ts';
import { allowsType, JSON_TYPES, jsonTypeIndex, type JsonType } from './json-types.ts';
import { isEventField, type ExpectedShare, type ProducerContract } from './producer-contract.ts';

export interface AttributeShape {
  readonly types: readonly JsonType[];
  readonly required: boolean;
  /** Inclusive bounds of a number, or of the length of a string. */
  readonly min: number;
  readonly max: number;
  readonly pattern: string | undefined;
  /** Undefined where nothing is promised about how often it is there. */
  readonly expected: ExpectedShare | undefined;
}

export interface KindShape {
  /** The topic of the kind's events, where the contract decides it. */
  readonly topic: string | undefined;
  readonly attributes: ReadonlyMap<string, AttributeShape>;
}

export interface ContractShape {
  readonly kinds: ReadonlyMap<string, KindShape>;
  /** Kinds that every reader handles, though the contract does not name them. */
  readonly known: ReadonlySet<string>;
}

const UNBOUNDED = { min: -Infinity, max: Infinity, pattern: undefined };

function attributeShape(
  spec: EventFieldSpec,
  required: boolean,
  expected: ExpectedShare | undefined,
): AttributeShape {
  const { type, min, max, pattern } = spec;
  return { types: [type], required, min, max, pattern, expected };
}

/** An event as sent is compared; the producer may send every attribute of the event contract. */
export function eventShape({ envelope, fields, kinds }: EventContract): ContractShape {
  const kindShapes = Object.entries(kinds).map(([kind, { topic, required, optional }]) => {
    const names = [...new Set([...envelope.required, ...envelope.optional, ...required, ...optional])];
    const isRequired = new Set([...envelope.required, ...required]);
    const attributes = names.flatMap((name): [string, AttributeShape][] => {
      const spec = Object.hasOwn(fields, name) ? fields[name] : undefined;
      return spec === undefined ? [] : [[name, attributeShape(spec, isRequired.has(name), undefined)]];
    });
    return [kind, { topic, attributes: new Map(attributes) }] as const;
  });
  return { kinds: new Map(kindShapes), known: new Set() };
}

/** Values of attributes that the event contract knows are bounded by it, today's for every version of the contract. */
export function producerShape(contract: ProducerContract): ContractShape {
  const kinds = new Map<string, KindShape>();
  for (const [kind, { required, optional, extra }] of contract.kinds) {
    const implied = new Set<string>([...REQUIRED_ENVELOPE, ...kindSpec(kind).required]);
    const attributes = new Map<string, AttributeShape>();
    const add = (name: string, isRequired: boolean, expected: ExpectedShare | undefined): void => {
      if (!isEventField(name)) return;
      const { pattern, ...spec } = FIELDS[name];
      const source = pattern === undefined ? {} : { pattern: pattern.source };
      attributes.set(name, attributeShape({ ...spec, ...source }, isRequired, expected));
    };
    for (const name of new Set([...implied, ...required])) add(name, true, undefined);
    for (const [name, share] of optional) add(name, false, share);
    for (const [name, { types, ...expected }] of extra) {
      const required = expected.share === 1 && expected.tolerance === 0;
      attributes.set(name, { types, required, ...UNBOUNDED, expected });
    }
    kinds.set(kind, { topic: undefined, attributes });
  }
  return { kinds, known: new Set(EVENT_KINDS) };
}

type Sent = Readonly<Record<string, unknown>>;

/** Whether a writer that keeps to the contract can have sent the event: nothing missing, wrong or undeclared. */
export function canWrite(shape: ContractShape, event: Sent): boolean {
  const kind = shape.kinds.get(String(event['kind']));
  if (kind === undefined) return false;
  const undeclared = Object.keys(event).some(
    (name) => name !== 'kind' && isPresent(event, name) && !kind.attributes.has(name),
  );
  return !undeclared && fitsAll(kind, event);
}

/** Whether a reader that relies on the contract can use the event; what it does not know it passes over. */
export function canRead(shape: ContractShape, event: Sent): boolean {
  const kind = shape.kinds.get(String(event['kind']));
  return kind === undefined ? shape.known.has(String(event['kind'])) : fitsAll(kind, event);
}

const isPresent = (event: Sent, name: string): boolean =>
  Object.hasOwn(event, name) && event[name] !== undefined && event[name] !== null;

function fitsAll({ attributes }: KindShape, event: Sent): boolean {
  for (const [name, shape] of attributes) {
    if (isPresent(event, name) ? !fitsShape(shape, event[name]) : shape.required) return false;
  }
  return true;
}

function fitsShape({ types, min, max, pattern }: AttributeShape, value: unknown): boolean {
  const type = JSON_TYPES[jsonTypeIndex(value)];
  if (type === undefined || !allowsType(types, type)) return false;
  if (typeof value === 'number') return value >= min && value <= max;
  if (typeof value !== 'string') return true;
  const isLong = value.length >= min && value.length <= max;
  return isLong && (pattern === undefined || new RegExp(pattern).test(value));
}
