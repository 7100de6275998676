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
import type { MarqueeEvent } from './event.ts';

export interface EventFault {
  readonly code: ErrorCode;
  readonly field?: string;
  readonly shape?: string;
  readonly message: string;
}

export type Validation =
  { readonly ok: true; readonly event: MarqueeEvent } | { readonly ok: false; readonly fault: EventFault };

interface KindPlan {
  readonly required: readonly EventField[];
  readonly optional: readonly EventField[];
  readonly known: ReadonlySet<string>;
}

const OPTIONAL_ENVELOPE = (Object.keys(ENVELOPE_FIELDS) as EventField[]).filter(
  (field) => !(REQUIRED_ENVELOPE as readonly string[]).includes(field),
);

const PLANS: ReadonlyMap<string, KindPlan> = new Map(
  EVENT_KINDS.map((kind): [string, KindPlan] => {
    const spec = kindSpec(kind);
    const required = [...REQUIRED_ENVELOPE, ...spec.required];
    const optional = [...OPTIONAL_ENVELOPE, ...spec.optional];
    return [kind, { required, optional, known: new Set(['kind', ...required, ...optional]) }];
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

function fault(code: ErrorCode, details: ErrorDetails): { ok: false; fault: EventFault } {
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
export function describeField(spec: FieldSpec): string {
  if (spec.pattern) return `${spec.type} matching ${spec.pattern.source}`;
  return spec.type === 'string'
    ? `string of ${spec.min} to ${spec.max}`
    : `${spec.type} from ${spec.min} to ${spec.max}`;
}

/** Whether the text is well-formed Unicode without NUL: what every store downstream can hold. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

export function fits(spec: FieldSpec, value: unknown): boolean {
  if (spec.type === 'string') {
    if (typeof value !== 'string' || value.length < spec.min || value.length > spec.max) return false;
    return isStorable(value) && (spec.pattern === undefined || spec.pattern.test(value));
  }
  if (typeof value !== 'number' || !(value >= spec.min && value <= spec.max)) return false;
  return spec.type === 'number' || Number.isInteger(value);
}

/** Validates one parsed JSON value. An optional field that is null counts as absent. */
export function validateEvent(value: unknown): Validation {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fault('EVENT_NOT_OBJECT', { shape: shapeOf(value) });
  }
  const source = value as Record<string, unknown>;
  const kind = Object.hasOwn(source, 'kind') ? source['kind'] : undefined;
  const plan = typeof kind === 'string' ? PLANS.get(kind) : undefined;
  if (plan === undefined) {
    return fault('EVENT_KIND_UNKNOWN', { field: 'kind', shape: shapeOf(kind), expected: KIND_LIST });
  }
  const event: Record<string, unknown> = { kind };
  for (const field of plan.required) {
    const given = Object.hasOwn(source, field) ? source[field] : undefined;
    if (given === undefined || given === null)
      return fault('EVENT_FIELD_MISSING', { field, shape: shapeOf(given) });
    if (!fits(FIELDS[field], given)) return invalidField(field, given);
    event[field] = given;
  }
  for (const field of plan.optional) {
    const given = Object.hasOwn(source, field) ? source[field] : undefined;
    if (given === undefined || given === null) continue;
    if (!fits(FIELDS[field], given)) return invalidField(field, given);
    event[field] = given;
  }
  const extra = collectExtra(source, plan.known);
  if (extra !== undefined) event['extra'] = extra;
  return { ok: true, event: event as unknown as MarqueeEvent };
}

function invalidField(field: EventField, given: unknown): { ok: false; fault: EventFault } {
  return fault('EVENT_FIELD_INVALID', {
    field,
    shape: shapeOf(given),
    expected: describeField(FIELDS[field]),
  });
}

/** Attributes outside the contract are never dropped: they travel on as one JSON text. */
function collectExtra(source: Record<string, unknown>, known: ReadonlySet<string>): string | undefined {
  let extra: [string, unknown][] | undefined;
  for (const name of Object.keys(source)) {
    if (!known.has(name)) (extra ??= []).push([name, source[name]]);
  }
  if (extra === undefined) return undefined;
  return `{${extra.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}

/** Parses and validates the bytes of one raw record or one NDJSON line. */
export function parseEvent(text: string): Validation {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fault('EVENT_NOT_JSON', { reason: error instanceof Error ? error.name : 'unreadable' });
  }
  return validateEvent(value);
}

export function isEventKind(value: string): value is EventKind {
  return PLANS.has(value);
}
