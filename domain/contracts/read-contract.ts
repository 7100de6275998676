/** Reads a producer's contract as people write it, checks it against the event contract, and writes it back. */
import type { JsonValue } from '../canonical-json.ts';
import { MarqueeError } from '../errors.ts';
import { kindSpec, REQUIRED_ENVELOPE, type EventField, type EventKind } from '../events/contract.ts';
import { isEventKind } from '../events/validate.ts';
import { readFields, type Refuse } from '../json-fields.ts';
import { readAppVersionRange } from './app-versions.ts';
import { JSON_TYPES, type JsonType } from './json-types.ts';
import {
  fieldsOf,
  isEventField,
  type ExpectedShare,
  type ExtraAttribute,
  type KindPromise,
  type ProducerContract,
} from './producer-contract.ts';

/** Part of object keys, so it holds less than an event's `producer` may. */
const PRODUCER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MOST_ATTRIBUTES = 256;
const ANY_TEXT = /^[^\0]*$/;
const DEFAULT_TOLERANCE = 0.01;

/** Parses the text of a contract; throws CONTRACT_INVALID, which names `subject`, at the first fault. */
export function parseContract(text: string, subject: string): ProducerContract {
  const refuse = refusing(subject);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(`it is not JSON: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
  return readContract(value, refuse);
}

export const refusing =
  (subject: string): Refuse =>
  (reason) => {
    throw new MarqueeError('CONTRACT_INVALID', { subject, reason });
  };

/** Reads a parsed contract. What `everyKind` says holds for each kind, unless the kind says otherwise. */
export function readContract(value: unknown, refuse: Refuse): ProducerContract {
  const fields = readFields(value, refuse);
  const given = value as Record<string, unknown>;
  const every = Object.hasOwn(given, 'everyKind') ? given['everyKind'] : {};
  readPromise(every, (reason) => refuse(`everyKind: ${reason}`));
  const kinds = new Map<EventKind, KindPromise>();
  const named = fields.record('kinds', (promise) => promise);
  for (const [kind, promise] of Object.entries(named)) {
    if (!isEventKind(kind)) return refuse(`there is no kind ${JSON.stringify(kind)}`);
    kinds.set(
      kind,
      promiseOf(kind, every, promise, (reason) => refuse(`kinds.${kind}: ${reason}`)),
    );
  }
  if (kinds.size === 0) return refuse('it names no kind');
  return {
    producer: fields.text('producer', PRODUCER_NAME),
    appVersions: readAppVersionRange(fields.text('appVersions', ANY_TEXT), refuse),
    description: Object.hasOwn(given, 'description') ? fields.text('description', ANY_TEXT) : '',
    kinds,
  };
}

interface RawPromise {
  readonly required: readonly string[];
  readonly optional: ReadonlyMap<string, ExpectedShare>;
  readonly extra: ReadonlyMap<string, ExtraAttribute>;
}

function promiseOf(kind: EventKind, every: unknown, own: unknown, refuse: Refuse): KindPromise {
  const mine = readPromise(own, refuse);
  const shared = readPromise(every, refuse);
  const mentioned = new Set([...mine.required, ...mine.optional.keys(), ...mine.extra.keys()]);
  const allowed = new Set<string>(fieldsOf(kind));
  // What holds for every kind passes over the kinds whose event contract does not know the attribute.
  const inherits = (name: string): boolean =>
    !mentioned.has(name) && (!isEventField(name) || allowed.has(name));
  const required = [...shared.required.filter(inherits), ...mine.required];
  const optional = new Map([...shared.optional].filter(([name]) => inherits(name)));
  const extra = new Map([...shared.extra].filter(([name]) => inherits(name)));
  for (const [name, share] of mine.optional) optional.set(name, share);
  for (const [name, attribute] of mine.extra) extra.set(name, attribute);
  const implied = [...REQUIRED_ENVELOPE, ...kindSpec(kind).required] as readonly string[];
  for (const name of [...required, ...optional.keys()]) {
    if (!allowed.has(name)) return refuse(`the event contract has no ${name} here: declare it under extra`);
    if (optional.has(name) && implied.includes(name))
      return refuse(`${name} is required by the event contract`);
  }
  for (const name of extra.keys()) {
    if (allowed.has(name) || name === 'kind')
      return refuse(`${name} belongs to the event contract: declare it as required or optional`);
  }
  if (extra.size > MOST_ATTRIBUTES) return refuse(`more than ${MOST_ATTRIBUTES} attributes are declared`);
  const names = [...new Set([...implied, ...required])];
  return {
    required: names as EventField[],
    optional: optional as ReadonlyMap<EventField, ExpectedShare>,
    extra,
  };
}

/** Reads one promise by itself; whether its attributes belong to a kind is not looked at. */
function readPromise(value: unknown, refuse: Refuse): RawPromise {
  const fields = readFields(value, refuse);
  const has = (field: string): boolean => Object.hasOwn(value as object, field);
  const required = has('required') ? fields.list('required', MOST_ATTRIBUTES, readName) : [];
  const optional = new Map(has('optional') ? Object.entries(fields.record('optional', readShare)) : []);
  const extra = new Map(has('extra') ? Object.entries(fields.record('extra', readExtra)) : []);
  for (const name of [...optional.keys(), ...extra.keys()]) {
    const times = [required.includes(name), optional.has(name), extra.has(name)].filter(Boolean).length;
    if (times > 1) return refuse(`${name} is declared twice`);
  }
  return { required, optional, extra };
}

const readName = (value: unknown, refuse: Refuse): string =>
  typeof value === 'string' ? value : refuse('expected the name of an attribute');

function readShare(value: unknown, refuse: Refuse): ExpectedShare {
  const fields = readFields(value, refuse);
  return {
    share: fields.number('share', 0, 1),
    tolerance: Object.hasOwn(value as object, 'tolerance')
      ? fields.number('tolerance', 0, 1)
      : DEFAULT_TOLERANCE,
  };
}

function readExtra(value: unknown, refuse: Refuse): ExtraAttribute {
  const types = readFields(value, refuse).list('types', JSON_TYPES.length, readType);
  return types.length > 0 ? { types, ...readShare(value, refuse) } : refuse('it names no type');
}

const readType = (value: unknown, refuse: Refuse): JsonType =>
  JSON_TYPES.find((type) => type === value) ?? refuse(`expected one of ${JSON_TYPES.join(', ')}`);

/** The contract as JSON that `readContract` reads as the same contract; sections that hold for every kind written out. */
export function contractJson(contract: ProducerContract): JsonValue {
  const range = contract.appVersions.map(({ operator, version }) => `${operator}${version}`).join(' ');
  return {
    producer: contract.producer,
    appVersions: range === '' ? '*' : range,
    description: contract.description,
    kinds: fromEntries([...contract.kinds].map(([kind, promise]) => [kind, promiseJson(promise)])),
  };
}

const promiseJson = ({ required, optional, extra }: KindPromise): JsonValue => ({
  required: required.toSorted(),
  optional: fromEntries([...optional].map(([name, share]) => [name, { ...share }])),
  extra: fromEntries(
    [...extra].map(([name, { types, share, tolerance }]) => [
      name,
      { types: JSON_TYPES.filter((type) => types.includes(type)), share, tolerance },
    ]),
  ),
});

const fromEntries = (entries: readonly (readonly [string, JsonValue])[]): JsonValue =>
  Object.fromEntries(entries);
