/** Refuses the value being read; the text says what was wrong. Never returns. */
export type Refuse = (reason: string) => never;

/** The fields of one object that came from outside, read one by one and checked. Unknown fields are passed over. */
export type JsonFields = {
  text(field: string, pattern: RegExp): string;
  oneOf<T extends string>(field: string, allowed: readonly T[]): T;
  /** A whole number between the bounds, both included. */
  integer(field: string, min: number, max: number): number;
  /** A finite number between the bounds, both included. */
  number(field: string, min: number, max: number): number;
  flag(field: string): boolean;
  /** Null where the field is null, else what `read` makes of it. */
  nullable<T>(field: string, read: (field: string) => T): T | null;
  /** Undefined where the field is missing, else what `read` makes of it. */
  optional<T>(field: string, read: (field: string) => T): T | undefined;
  list<T>(field: string, limit: number, read: (item: unknown, refuse: Refuse) => T): readonly T[];
  /** An object used as a map; `read` gets each value. */
  record<T>(field: string, read: (value: unknown, refuse: Refuse) => T): Readonly<Record<string, T>>;
};

/** Refuses what is not JSON. */
export function parseJson(text: string, refuse: Refuse): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return refuse(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const LONGEST_TEXT = 4096;

/** Opens an object for reading; refuses anything else. */
export function readFields(value: unknown, refuse: Refuse): JsonFields {
  if (!isObject(value)) return refuse(`expected an object, got ${shapeOf(value)}`);
  const own = (field: string): unknown => (Object.hasOwn(value, field) ? value[field] : undefined);
  const wrong = (field: string, expected: string): never =>
    refuse(`field ${field} is ${shapeOf(own(field))}, expected ${expected}`);
  const within =
    (path: string): Refuse =>
    (reason) =>
      refuse(`${path}: ${reason}`);

  return {
    text(field, pattern) {
      const found = own(field);
      return typeof found === 'string' && found.length <= LONGEST_TEXT && pattern.test(found)
        ? found
        : wrong(field, `text like ${pattern.source}`);
    },
    oneOf: (field, allowed) => allowed.find((one) => one === own(field)) ?? wrong(field, allowed.join(' | ')),
    integer(field, min, max) {
      const found = own(field);
      return isInteger(found, min, max) ? found : wrong(field, `a whole number from ${min} to ${max}`);
    },
    number(field, min, max) {
      const found = own(field);
      return typeof found === 'number' && Number.isFinite(found) && found >= min && found <= max
        ? found
        : wrong(field, `a number from ${min} to ${max}`);
    },
    flag(field) {
      const found = own(field);
      return typeof found === 'boolean' ? found : wrong(field, 'true or false');
    },
    nullable: (field, read) => (own(field) === null ? null : read(field)),
    optional: (field, read) => (own(field) === undefined ? undefined : read(field)),
    list(field, limit, read) {
      const found = own(field);
      if (!Array.isArray(found)) return wrong(field, 'a list');
      if (found.length > limit)
        return refuse(`field ${field} has ${found.length} items, at most ${limit} are read`);
      return found.map((item, i) => read(item, within(`${field}[${i}]`)));
    },
    record(field, read) {
      const found = own(field);
      if (!isObject(found)) return wrong(field, 'an object');
      const entries = Object.entries(found).map(
        ([key, item]) => [key, read(item, within(`${field}.${key}`))] as const,
      );
      return Object.fromEntries(entries);
    },
  };
}

export function isInteger(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max;
}

/** What a value looks like, short enough for an error message. */
export function shapeOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
