/**
 * What a ranking is worth, from the places (from 0) at which the titles stand that the profile did go on to watch.
 * Places are of the full ranking; metrics over sampled candidates can order models wrongly (Krichene and Rendle 2020).
 */

/** Recall@k: relevant titles among the first k, of as many as could be there (Liang et al. 2018). */
export function recallAt(k: number, places: ArrayLike<number>): number {
  if (places.length === 0) return 0;
  let hits = 0;
  for (let i = 0; i < places.length; i++) if (places[i]! < k) hits += 1;
  return hits / Math.min(k, places.length);
}

/** NDCG@k with a gain of 1 and a discount of log2(place + 2), over the best that could be (Järvelin and Kekäläinen 2002). */
export function ndcgAt(k: number, places: ArrayLike<number>): number {
  if (places.length === 0) return 0;
  let gain = 0;
  for (let i = 0; i < places.length; i++) if (places[i]! < k) gain += 1 / Math.log2(places[i]! + 2);
  let best = 0;
  for (let place = 0; place < Math.min(k, places.length); place++) best += 1 / Math.log2(place + 2);
  return gain / best;
}

/** Share of titles that are shown at all; `shown` counts how often each is. */
export function coverageOf(shown: ArrayLike<number>): number {
  let titles = 0;
  for (let i = 0; i < shown.length; i++) if (shown[i]! > 0) titles += 1;
  return shown.length === 0 ? 0 : titles / shown.length;
}

/**
 * Gini coefficient of how often titles are shown, those never shown included: 0 where all are shown alike, towards 1
 * where one takes all. Half the mean absolute difference over the mean.
 */
export function giniOf(shown: ArrayLike<number>): number {
  const rising = Float64Array.from(shown).sort();
  let sum = 0;
  let weighted = 0;
  rising.forEach((count, i) => {
    sum += count;
    weighted += (2 * (i + 1) - rising.length - 1) * count;
  });
  return sum === 0 ? 0 : weighted / (rising.length * sum);
}
