/**
 * Turns an untrusted JSON value into an event or a fault. Never throws, never copies a prototype, never trusts a type.
 * A fault names the code of the error table, the field and the *shape* of the offending value, not the value itself.
 */
import { renderMessage, type ErrorCode, type ErrorDetails } from '../errors.ts';
import {
  EVENT_KINDS,
  FIELDS,
  kindSpec,
  REQUIRED_ENVELOPE,
  ENVELOPE_FIELDS,
  type EventField,
  type EventKind,
  type FieldSpec,
} from './contract.ts';
import { copyEnvelope } from './copy-envelope.ts';
import type { MarqueeEvent } from './event.ts';

export interface EventFault {
  readonly code: ErrorCode;
  readonly field?: string;
  readonly shape?: string;
  readonly message: string;
}

export type Validation =
  { readonly ok: true; readonly event: MarqueeEvent } | { readonly ok: false; readonly fault: EventFault };

interface Fault {
  readonly ok: false;
  readonly fault: EventFault;
}

interface KindPlan {
  readonly required: readonly EventField[];
  readonly optional: readonly EventField[];
  readonly known: ReadonlySet<string>;
  /** Required ones first; as arrays of plain values, since every event goes through them. */
  readonly names: readonly string[];
  readonly specs: readonly FieldSpec[];
  readonly payload: readonly string[];
  /** The same as `known`, quicker to ask. */
  readonly isKnown: Readonly<Record<string, true | undefined>>;
}

const OPTIONAL_ENVELOPE = (Object.keys(ENVELOPE_FIELDS) as EventField[]).filter(
  (field) => !(REQUIRED_ENVELOPE as readonly string[]).includes(field),
);

const PLANS: ReadonlyMap<string, KindPlan> = new Map(
  EVENT_KINDS.map((kind): [string, KindPlan] => {
    const spec = kindSpec(kind);
    const required = [...REQUIRED_ENVELOPE, ...spec.required];
    const optional = [...OPTIONAL_ENVELOPE, ...spec.optional];
    const names = [...required, ...optional];
    const known = new Set(['kind', ...names]);
    const isKnown = Object.assign(
      Object.create(null) as Record<string, true>,
      Object.fromEntries([...known].map((name) => [name, true as const])),
    );
    return [
      kind,
      {
        required,
        optional,
        known,
        names,
        specs: names.map((name) => FIELDS[name]),
        payload: [...spec.required, ...spec.optional],
        isKnown,
      },
    ];
  }),
);

const KIND_LIST = EVENT_KINDS.join(', ');

/** Describes a value by its shape: `string of 12`, `number 1e+21`, `array of 3`, `null`. Bounded, safe to log. */
export function shapeOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return `array of ${value.length}`;
  switch (typeof value) {
    case 'string':
      return `string of ${value.length}`;
    case 'number':
      return `number ${value}`;
    case 'boolean':
      return `boolean ${value}`;
    default:
      return typeof value;
  }
}

function fault(code: ErrorCode, details: ErrorDetails): Fault {
  const { field, shape } = details;
  return {
    ok: false,
    fault: {
      code,
      ...(field === undefined ? {} : { field: String(field) }),
      ...(shape === undefined ? {} : { shape: String(shape) }),
      message: renderMessage(code, details),
    },
  };
}

/** What a field expects, in words, for error messages and documentation. */
function describeField(spec: FieldSpec): string {
  if (spec.pattern) return `${spec.type} matching ${spec.pattern.source}`;
  return spec.type === 'string'
    ? `string of ${spec.min} to ${spec.max}`
    : `${spec.type} from ${spec.min} to ${spec.max}`;
}

/** Up to here, NUL included, stores of keys have their own marks, and give back other keys than they were given. */
const LAST_MARK = 4;

/** Whether the text is well-formed Unicode without U+0000 to U+0004: what every store downstream can hold. */
function isStorable(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) <= LAST_MARK) return false;
  return text.isWellFormed();
}

/** `storable` says that all text is known to be storable, which then is not looked at again. */
export function fits(spec: FieldSpec, value: unknown, storable = false): boolean {
  if (spec.type === 'string') {
    if (typeof value !== 'string' || value.length < spec.min || value.length > spec.max) return false;
    return (storable || isStorable(value)) && (spec.pattern === undefined || spec.pattern.test(value));
  }
  if (typeof value !== 'number' || !(value >= spec.min && value <= spec.max)) return false;
  return spec.type === 'number' || Number.isInteger(value);
}

/**
 * Validates one parsed JSON value. An optional field that is null counts as absent. `storable` says that no text in it can
 * hold a lone surrogate or U+0000 to U+0004.
 */
export function validateEvent(value: unknown, storable = false): Validation {
  const planned = planFor(value);
  if (!planned.ok) return planned;
  const { source, plan } = planned;
  if (storable && Object.getPrototypeOf(source) === Object.prototype) {
    const event = readPlain(source, plan);
    if (event !== undefined) return { ok: true, event: event as unknown as MarqueeEvent };
  }
  const event: Record<string, unknown> = { kind: source['kind'] };
  const found = readFields(source, plan, false, event);
  if (found !== undefined) return found;
  const extra = collectExtra(source, plan.known);
  if (extra === UNPRINTABLE) {
    return fault('EVENT_FIELD_INVALID', {
      field: 'extra',
      shape: 'nested too deep',
      expected: 'what can be written as JSON',
    });
  }
  if (extra !== undefined) event['extra'] = extra;
  return { ok: true, event: event as unknown as MarqueeEvent };
}

/**
 * The fault that `validateEvent` would find in the fields of the contract, if any, without building the event.
 * `storable` says that no text in the value can hold a lone surrogate or U+0000 to U+0004, as when it was parsed from UTF-8 without
 * `\u`. Attributes outside the contract are not looked at.
 */
export function faultOf(value: unknown, storable: boolean): EventFault | undefined {
  const planned = planFor(value);
  const found = planned.ok ? readFields(planned.source, planned.plan, storable) : planned;
  return found?.fault;
}

function planFor(value: unknown): { ok: true; source: Record<string, unknown>; plan: KindPlan } | Fault {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fault('EVENT_NOT_OBJECT', { shape: shapeOf(value) });
  }
  const source = value as Record<string, unknown>;
  const kind = Object.hasOwn(source, 'kind') ? source['kind'] : undefined;
  const plan = typeof kind === 'string' ? PLANS.get(kind) : undefined;
  if (plan !== undefined) return { ok: true, source, plan };
  return fault('EVENT_KIND_UNKNOWN', { field: 'kind', shape: shapeOf(kind), expected: KIND_LIST });
}

/** Checks the fields of the contract and copies them `into` an event, if one is given. */
function readFields(
  source: Record<string, unknown>,
  { required, optional }: KindPlan,
  storable: boolean,
  into?: Record<string, unknown>,
): Fault | undefined {
  for (const field of required) {
    const given = Object.hasOwn(source, field) ? source[field] : undefined;
    if (given === undefined || given === null)
      return fault('EVENT_FIELD_MISSING', { field, shape: shapeOf(given) });
    if (!fits(FIELDS[field], given, storable)) return invalidField(field, given);
    if (into !== undefined) into[field] = given;
  }
  for (const field of optional) {
    const given = Object.hasOwn(source, field) ? source[field] : undefined;
    if (given === undefined || given === null) continue;
    if (!fits(FIELDS[field], given, storable)) return invalidField(field, given);
    if (into !== undefined) into[field] = given;
  }
  return undefined;
}

function invalidField(field: EventField, given: unknown): Fault {
  const expected = describeField(FIELDS[field]);
  const isUnstorable = typeof given === 'string' && !isStorable(given);
  return fault('EVENT_FIELD_INVALID', {
    field,
    shape: shapeOf(given),
    expected: isUnstorable ? `${expected}, well-formed and without U+0000 to U+0004` : expected,
  });
}

/**
 * The event, of what `JSON.parse` made of sound text: nothing of the contract's names can be inherited there. Undefined
 * where something is wrong, which the slower way then names.
 */
function readPlain(
  source: Record<string, unknown>,
  { names, specs, required, payload, isKnown }: KindPlan,
): Record<string, unknown> | undefined {
  for (let i = 0; i < names.length; i += 1) {
    const given = source[names[i] as string];
    if (given === undefined || given === null) {
      if (i < required.length) return undefined;
    } else if (!fits(specs[i] as FieldSpec, given, true)) return undefined;
  }
  const event: Record<string, unknown> = copyEnvelope(source);
  for (const name of payload) {
    const given = source[name];
    if (given !== undefined && given !== null) event[name] = given;
  }
  let extra: Record<string, unknown> | undefined;
  for (const name of Object.keys(source)) {
    if (isKnown[name] === true) continue;
    if (name === '__proto__') return undefined;
    (extra ??= {})[name] = source[name];
  }
  if (extra === undefined) return event;
  try {
    event['extra'] = JSON.stringify(extra);
    return event;
  } catch {
    return undefined;
  }
}

const UNPRINTABLE = Symbol('unprintable');

/** Attributes outside the contract are never dropped: they travel on as one JSON text. */
function collectExtra(
  source: Record<string, unknown>,
  known: ReadonlySet<string>,
): string | typeof UNPRINTABLE | undefined {
  let extra: [string, unknown][] | undefined;
  for (const name of Object.keys(source)) {
    if (!known.has(name)) (extra ??= []).push([name, source[name]]);
  }
  if (extra === undefined) return undefined;
  try {
    return `{${extra.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
  } catch {
    // What JSON.parse reads without a stack, JSON.stringify writes with one: thousands of levels are too many.
    return UNPRINTABLE;
  }
}

/** Parses and validates the text of one raw record or one NDJSON line. */
export function parseEvent(text: string): Validation {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fault('EVENT_NOT_JSON', { reason: error instanceof Error ? error.name : 'unreadable' });
  }
  // JSON holds what stores have as marks only escaped; text that is well formed without an escape is so in all its parts.
  return validateEvent(value, !text.includes('\\u') && text.isWellFormed());
}

export function isEventKind(value: string): value is EventKind {
  return PLANS.has(value);
}
