/** Columns of whole numbers that tell rows apart: codes of names, hours and buckets, which are -1 for none and else 0 or more. */
export type Key = Int32Array<ArrayBuffer>;
/** Two columns or three. */
export type Keys = readonly [Key, Key, Key?];

/** The columns of keys. */
export const listOf = ([first, second, third]: Keys): Key[] =>
  third === undefined ? [first, second] : [first, second, third];

/** 0, 1, … */
export function allRows(size: number): Uint32Array {
  const rows = new Uint32Array(size);
  for (let i = 0; i < size; i++) rows[i] = i;
  return rows;
}
