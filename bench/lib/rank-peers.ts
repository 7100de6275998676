/** What ranking is measured against: one loop for the scores, one sort of all titles. */

/** The best titles of a query, best first. Views of memory that the next call uses again. */
export type BestScores = (query: Float32Array) => {
  readonly titles: Uint32Array;
  readonly scores: ArrayLike<number> & { every(test: (score: number, rank: number) => boolean): boolean };
};

/** Titles sorted by a comparator, as anybody would write it. */
export function createPlainSide(values: Float32Array, width: number, best: number): BestScores {
  const count = values.length / width;
  const scores = new Float32Array(count);
  return (query) => {
    scoreAll(values, width, query, scores);
    const titles = Uint32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
    return {
      titles: titles.subarray(0, best),
      scores: Array.from(titles.subarray(0, best), (title) => scores[title]!),
    };
  };
}

/** Scores as sortable numbers with the title below them, in 64 bits: sorted by the engine alone. At most 2²¹ titles. */
export function createPackedSide(values: Float32Array, width: number, best: number): BestScores {
  const count = values.length / width;
  const scores = new Float32Array(count);
  const bits = new Int32Array(scores.buffer);
  const keys = new Float64Array(count);
  const places = 2 ** 21;
  return (query) => {
    scoreAll(values, width, query, scores);
    for (let title = 0; title < count; title++) {
      // Floats below 0 have their order turned: a rising key is a falling score, then a rising title.
      const sortable = bits[title]! < 0 ? ~bits[title]! ^ -0x80_00_00_00 : bits[title]!;
      keys[title] = -sortable * places + title;
    }
    keys.sort();
    const titles = Uint32Array.from(keys.subarray(0, best), (key) => ((key % places) + places) % places);
    return { titles, scores: Array.from(titles, (title) => scores[title]!) };
  };
}

function scoreAll(values: Float32Array, width: number, query: Float32Array, scores: Float32Array): void {
  for (let title = 0; title < scores.length; title++) {
    let sum = 0;
    for (let k = 0; k < width; k++) sum += query[k]! * values[title * width + k]!;
    scores[title] = sum;
  }
}
