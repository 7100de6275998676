/** Scores of all titles for one profile, and the best of them. No call allocates; buffers are made once. */

/**
 * Dot products of one row of factors with every title's: `scores[i] = Σ query[k] · items[i · width + k]`. Sums are in
 * 64 bits, factor by factor, so a score is the same in whatever process it is computed. `items` is row-major;
 * titles are done four at a time, so that each factor of the query is loaded once for four.
 */
export function dotScores(
  items: Float32Array,
  width: number,
  query: Float32Array,
  scores: Float32Array,
): void {
  const count = Math.min(scores.length, Math.floor(items.length / width));
  const inFours = count - (count % 4);
  let base = 0;
  for (let item = 0; item < inFours; item += 4) {
    let first = 0;
    let second = 0;
    let third = 0;
    let fourth = 0;
    let b = base + width;
    let c = b + width;
    let d = c + width;
    for (let k = 0; k < width; k++) {
      const factor = query[k]!;
      first += factor * items[base++]!;
      second += factor * items[b++]!;
      third += factor * items[c++]!;
      fourth += factor * items[d++]!;
    }
    scores[item] = first;
    scores[item + 1] = second;
    scores[item + 2] = third;
    scores[item + 3] = fourth;
    base = d;
  }
  for (let item = inFours; item < count; item++) {
    let sum = 0;
    for (let k = 0; k < width; k++) sum += query[k]! * items[base++]!;
    scores[item] = sum;
  }
}

/** The best titles of the last selection, best first. */
export interface BestTitles {
  /** Titles by number; the first `size` of the last selection. */
  readonly titles: Uint32Array;
  readonly scores: Float64Array;
  /**
   * Keeps the best `limit` of the first `count` scores and says how many they are. Of equal scores the lower number is
   * the better. NaN and −∞ are never among them, nor are the titles of `leftOut` (numbers, rising).
   */
  select(scores: Float32Array, count: number, leftOut?: Uint32Array): number;
}

/** Selection by a heap of `limit` places whose root is the worst kept: one comparison for most titles. */
export function createBestTitles(limit: number): BestTitles {
  if (!Number.isInteger(limit) || limit < 0) throw new RangeError(`${limit} is no number of titles`);
  const titles = new Uint32Array(limit);
  const kept = new Float64Array(limit);

  /** Puts a title where the place `hole`, at the root of a heap of `size`, is free. */
  const sink = (hole: number, size: number, title: number, score: number): void => {
    let place = hole;
    for (let child = 2 * place + 1; child < size; child = 2 * place + 1) {
      const right = child + 1;
      if (right < size && isWorse(kept[right]!, titles[right]!, kept[child]!, titles[child]!)) child = right;
      if (!isWorse(kept[child]!, titles[child]!, score, title)) break;
      kept[place] = kept[child]!;
      titles[place] = titles[child]!;
      place = child;
    }
    kept[place] = score;
    titles[place] = title;
  };

  /** Takes the worst to the end, then the worst of the rest before it, and so on. */
  const sortBestFirst = (size: number): void => {
    for (let end = size - 1; end > 0; end--) {
      const title = titles[end]!;
      const score = kept[end]!;
      titles[end] = titles[0]!;
      kept[end] = kept[0]!;
      sink(0, end, title, score);
    }
  };

  return {
    titles,
    scores: kept,
    select(scores, count, leftOut) {
      const leaving = leftOut?.length ?? 0;
      let nextLeft = 0;
      let size = 0;
      let least = -Infinity;
      for (let title = 0; title < count && limit > 0; title++) {
        const score = scores[title]!;
        // Later titles lose ties, so only what is above the least gets in.
        if (!(score > least)) continue;
        while (nextLeft < leaving && leftOut![nextLeft]! < title) nextLeft += 1;
        if (nextLeft < leaving && leftOut![nextLeft] === title) continue;
        if (size < limit) {
          titles[size] = title;
          kept[size] = score;
          size += 1;
          if (size < limit) continue;
          for (let place = (limit >> 1) - 1; place >= 0; place--)
            sink(place, limit, titles[place]!, kept[place]!);
        } else {
          sink(0, limit, title, score);
        }
        least = kept[0]!;
      }
      if (size < limit)
        for (let place = (size >> 1) - 1; place >= 0; place--)
          sink(place, size, titles[place]!, kept[place]!);
      sortBestFirst(size);
      return size;
    },
  };
}

const isWorse = (score: number, title: number, than: number, thanTitle: number): boolean =>
  score < than || (score === than && title > thanTitle);
