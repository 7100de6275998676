/** The types that a JSON value may have, for attributes of which nothing else is known. Null counts as absent. */
export const JSON_TYPES = ['string', 'integer', 'number', 'boolean', 'object', 'list'] as const;
export type JsonType = (typeof JSON_TYPES)[number];

/** Position in JSON_TYPES; -1 for null and what JSON cannot hold. */
export function jsonTypeIndex(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return 0;
    case 'number':
      return Number.isInteger(value) ? 1 : 2;
    case 'boolean':
      return 3;
    case 'object':
      return value === null ? -1 : Array.isArray(value) ? 5 : 4;
    default:
      return -1;
  }
}

/** Every integer is a number. */
export function allowsType(allowed: readonly JsonType[], type: JsonType): boolean {
  return allowed.includes(type) || (type === 'integer' && allowed.includes('number'));
}

/** Whether all that `inner` allows is allowed by `outer`. */
export function allowsTypes(outer: readonly JsonType[], inner: readonly JsonType[]): boolean {
  return inner.every((type) => allowsType(outer, type));
}
