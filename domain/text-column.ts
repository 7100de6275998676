/** A column of texts, each text kept once. */

export interface TextColumn<T extends string = string> {
  readonly texts: readonly T[];
  /** Value i is `texts[indices[i]]`. */
  readonly indices: Uint32Array;
}

export const textAt = <T extends string>({ texts, indices }: TextColumn<T>, i: number): T =>
  texts[indices[i]!]!;

export function textColumn<T extends string>(values: readonly T[]): TextColumn<T> {
  const known = new Map<T, number>();
  const indices = Uint32Array.from(values, (value) => {
    const index = known.get(value) ?? known.size;
    known.set(value, index);
    return index;
  });
  return { texts: [...known.keys()], indices };
}

/** Builds columns from numbers of texts, one after the other. */
export interface ColumnBuilder {
  /** The column of the texts that these numbers stand for. */
  build<T extends string>(numbers: Int32Array, textOf: (number: number) => string): TextColumn<T>;
}

/** Holds as many places as the largest number seen. */
export function createColumnBuilder(): ColumnBuilder {
  /** By number: its index in the column under way + 1. */
  let indexOf = new Int32Array(256);
  return {
    build<T extends string>(numbers: Int32Array, textOf: (number: number) => string): TextColumn<T> {
      const used: number[] = [];
      const indices = new Uint32Array(numbers.length);
      for (let i = 0; i < numbers.length; i++) {
        const number = numbers[i]!;
        if (number >= indexOf.length) {
          const longer = new Int32Array(Math.max(2 * indexOf.length, number + 1));
          longer.set(indexOf);
          indexOf = longer;
        }
        let index = indexOf[number]!;
        if (index === 0) indexOf[number] = index = used.push(number);
        indices[i] = index - 1;
      }
      for (const number of used) indexOf[number] = 0;
      return { texts: used.map(textOf) as T[], indices };
    },
  };
}
