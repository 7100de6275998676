/**
 * Views: named datasets with immutable, increasing versions. What is kept about a version beside its data: who claimed
 * it, what became of it, and which one is announced.
 */
import { canonicalJson } from './canonical-json.ts';
import { MarqueeError } from './errors.ts';
import { parseJson, readFields, shapeOf, type JsonFields, type Refuse } from './json-fields.ts';

declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

/** Lower case letters, digits and hyphens, at most 63 characters: `popularity`, `item-factors`. */
export type ViewName = Branded<string, 'ViewName'>;
/** 1, 2, 3, …; at most eight digits, since keys are ordered by them. */
export type ViewVersion = Branded<number, 'ViewVersion'>;

export const LARGEST_VERSION = 99_999_999;
export const VIEW_NAME = /^[a-z][a-z0-9-]{0,62}$/;
export const SHA256_HEX = /^[0-9a-f]{64}$/;
export const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;
const RUN_ID = /^[\x21-\x7e]{1,512}$/;
const RULE = /^[a-z0-9][a-z0-9-]{0,62}$/;
const ANY_TEXT = /^/;

/**
 * `announced` is the current version, `backup` one that was, `expired` one that was and whose parts are no longer kept;
 * nothing leaves `rejected`, `rolled-back` or `expired`.
 */
export const VERSION_STATES = [
  'staged',
  'verified',
  'announced',
  'backup',
  'rejected',
  'rolled-back',
  'expired',
] as const;
export type VersionState = (typeof VERSION_STATES)[number];

/** Which run a version number belongs to. */
export type Claim = { readonly view: ViewName; readonly version: ViewVersion; readonly runId: string };

/** What became of a version. `rule` and `reason` say why it was rejected or rolled back. */
export type VersionStatus = {
  readonly view: ViewName;
  readonly version: ViewVersion;
  readonly state: VersionState;
  /** Null where the version was rejected before it had a manifest. */
  readonly manifestSha256: string | null;
  readonly rule: string | null;
  readonly reason: string | null;
};

/** The announced version of a view. `pin` overrides it without changing it. `announcedAt` is an ISO instant. */
export type Pointer = {
  readonly view: ViewName;
  readonly version: ViewVersion;
  /** The version announced before this one, or null. */
  readonly previous: ViewVersion | null;
  readonly announcedAt: string;
  readonly manifestSha256: string;
  readonly pin: ViewVersion | null;
};

export function viewName(value: string): ViewName {
  if (!VIEW_NAME.test(value)) throw new RangeError(`${shapeOf(value)} is not a view's name`);
  return value as ViewName;
}

export function viewVersion(value: number): ViewVersion {
  if (!Number.isInteger(value) || value < 1 || value > LARGEST_VERSION) {
    throw new RangeError(`${value} is not a view's version`);
  }
  return value as ViewVersion;
}

/** Eight digits, so that text order is number order. */
export const formatVersion = (version: ViewVersion): string => String(version).padStart(8, '0');

/** The version that subscribers should serve. */
export const servedVersion = (pointer: Pointer): ViewVersion => pointer.pin ?? pointer.version;

const NEXT_STATES: Readonly<Record<VersionState, readonly VersionState[]>> = {
  staged: ['verified', 'rejected'],
  verified: ['announced', 'rejected'],
  announced: ['backup', 'rolled-back'],
  backup: ['announced', 'rolled-back', 'expired'],
  rejected: [],
  'rolled-back': [],
  expired: [],
};

export const mayBecome = (from: VersionState, to: VersionState): boolean => NEXT_STATES[from].includes(to);

/** A version that may never be chosen (again). */
export const isRefused = (state: VersionState): boolean => NEXT_STATES[state].length === 0;

/**
 * The state of a version as the pointer proves it. The pointer moves before states are written down, so after a crash
 * between the two the pointer is right.
 */
export function provenState(
  written: VersionState,
  version: ViewVersion,
  pointer: Pointer | undefined,
): VersionState {
  if (isRefused(written)) return written;
  if (pointer?.version === version) return 'announced';
  if (written === 'announced' || pointer?.previous === version) return 'backup';
  return written;
}

export function parsePointer(text: string, view: ViewName): Pointer {
  const refuse = corrupt(view, 'pointer');
  const fields = readFields(parseJson(text, refuse), refuse);
  const version = readVersion(fields, 'version');
  const previous = fields.nullable('previous', (field) => readVersion(fields, field));
  return {
    view: readExpectedView(fields, view, refuse),
    version,
    previous,
    announcedAt: readInstant(fields, 'announcedAt', refuse),
    manifestSha256: fields.text('manifestSha256', SHA256_HEX),
    pin: fields.nullable('pin', (field) => readVersion(fields, field)),
  };
}

export function parseClaim(text: string, view: ViewName, version: ViewVersion): Claim {
  const refuse = corrupt(view, version);
  const fields = readFields(parseJson(text, refuse), refuse);
  return {
    view: readExpectedView(fields, view, refuse),
    version: readExpectedVersion(fields, version, refuse),
    runId: fields.text('runId', RUN_ID),
  };
}

export function parseStatus(text: string, view: ViewName, version: ViewVersion): VersionStatus {
  const refuse = corrupt(view, version);
  const fields = readFields(parseJson(text, refuse), refuse);
  return {
    view: readExpectedView(fields, view, refuse),
    version: readExpectedVersion(fields, version, refuse),
    state: fields.oneOf('state', VERSION_STATES),
    manifestSha256: fields.nullable('manifestSha256', (field) => fields.text(field, SHA256_HEX)),
    rule: fields.nullable('rule', (field) => fields.text(field, RULE)),
    reason: fields.nullable('reason', (field) => fields.text(field, ANY_TEXT)),
  };
}

/** The bytes (as text) that a pointer, claim or status is stored as. */
export const serialise = (value: Pointer | Claim | VersionStatus): string => canonicalJson({ ...value });

/** Refuses with VIEW_CORRUPT. */
export function corrupt(view: ViewName, version: ViewVersion | 'pointer'): Refuse {
  return (reason) => {
    throw new MarqueeError('VIEW_CORRUPT', { view, version, reason });
  };
}

export function readVersion(fields: JsonFields, field: string): ViewVersion {
  return fields.integer(field, 1, LARGEST_VERSION) as ViewVersion;
}

export function readExpectedView(fields: JsonFields, view: ViewName, refuse: Refuse): ViewName {
  const found = fields.text('view', VIEW_NAME);
  return found === view ? view : refuse(`it says it belongs to view ${found}`);
}

export function readExpectedVersion(fields: JsonFields, version: ViewVersion, refuse: Refuse): ViewVersion {
  const found = readVersion(fields, 'version');
  return found === version ? version : refuse(`it says it is version ${found}`);
}

export function readInstant(fields: JsonFields, field: string, refuse: Refuse): string {
  const found = fields.text(field, INSTANT);
  return Number.isNaN(Date.parse(found)) ? refuse(`field ${field} is no instant: ${found}`) : found;
}
