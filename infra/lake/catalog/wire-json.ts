/**
 * JSON as the catalog speaks it. Snapshot ids are 64 bits wide, more than a number here holds: they are decimal text in the
 * program and bare numbers on the wire.
 */

const ID = /^(?:parent-|current-)?snapshot-id$/;
const IDS = 'snapshot-ids';

interface Source {
  readonly source?: string;
}

/** Throws SyntaxError where the text is no JSON. */
export const parseWire = (text: string): unknown =>
  JSON.parse(text, (key: string, value: unknown, context?: Source): unknown =>
    typeof value === 'number' && ID.test(key) ? (context?.source ?? String(value)) : value,
  );

// Not in the compiler's library yet.
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };

/** Throws SyntaxError for an id that is no number. */
export const writeWire = (value: unknown): string =>
  JSON.stringify(value, (key: string, held: unknown): unknown => {
    if (typeof held === 'string' && ID.test(key)) return rawJSON(String(BigInt(held)));
    if (key === IDS && Array.isArray(held)) return held.map((id) => rawJSON(String(BigInt(id as string))));
    return held;
  });
