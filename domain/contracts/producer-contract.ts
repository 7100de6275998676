/**
 * What one producer promises to send, as data. The event contract (`domain/events/contract.ts`) says what an attribute
 * means and may hold; a producer's contract says which of them it sends, how often, and what it sends besides.
 */
import {
  ENVELOPE_FIELDS,
  FIELDS,
  kindSpec,
  REQUIRED_ENVELOPE,
  type EventField,
  type EventKind,
} from '../events/contract.ts';
import type { AppVersionRange } from './app-versions.ts';
import type { JsonType } from './json-types.ts';

/** How often an attribute is present (null counts as absent): share ± tolerance, both in [0, 1]. */
export interface ExpectedShare {
  /** 0 says that it is left out on purpose. */
  readonly share: number;
  readonly tolerance: number;
}

/** An attribute that the event contract does not know. */
export interface ExtraAttribute extends ExpectedShare {
  readonly types: readonly JsonType[];
}

/** What holds for the events of one kind. Attributes named nowhere are not sent. */
export interface KindPromise {
  /** Attributes of the event contract that every event has; those it requires anyway need not be named. */
  readonly required: readonly EventField[];
  /** Attributes of the event contract that some events have. */
  readonly optional: ReadonlyMap<EventField, ExpectedShare>;
  readonly extra: ReadonlyMap<string, ExtraAttribute>;
}

export interface ProducerContract {
  readonly producer: string;
  /** The app versions that it speaks for. */
  readonly appVersions: AppVersionRange;
  readonly description: string;
  /** The kinds it sends, what holds for every kind worked in. */
  readonly kinds: ReadonlyMap<EventKind, KindPromise>;
}

/** What is expected of one attribute of one kind. `types` is undefined where the event contract says it. */
export interface AttributeExpectation extends ExpectedShare {
  readonly types?: readonly JsonType[];
}

/** Attributes that validation lets pass without; the others are present in every clean record. */
export function optionalFieldsOf(kind: EventKind): readonly EventField[] {
  return [...OPTIONAL_ENVELOPE, ...kindSpec(kind).optional];
}

/** Every attribute that the event contract allows for the kind. */
export function fieldsOf(kind: EventKind): readonly EventField[] {
  return [...REQUIRED_ENVELOPE, ...kindSpec(kind).required, ...optionalFieldsOf(kind)];
}

const OPTIONAL_ENVELOPE = (Object.keys(ENVELOPE_FIELDS) as EventField[]).filter(
  (field) => !(REQUIRED_ENVELOPE as readonly string[]).includes(field),
);

export function isEventField(name: string): name is EventField {
  return Object.hasOwn(FIELDS, name);
}

/** Every attribute that the promise names, with its share: 1 for what is required. */
export function expectationsOf(promise: KindPromise): ReadonlyMap<string, AttributeExpectation> {
  const expected = new Map<string, AttributeExpectation>();
  for (const field of promise.required) expected.set(field, { share: 1, tolerance: 0 });
  for (const [field, share] of promise.optional) expected.set(field, share);
  for (const [name, extra] of promise.extra) expected.set(name, extra);
  return expected;
}
