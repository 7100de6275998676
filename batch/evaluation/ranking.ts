/**
 * Full rankings: every title that is not left out, by falling score, titles of equal score by their order. A score that
 * is not a number stands behind all others. Places count from 0.
 */

/** Where `target` stands among the titles that are not left out; `isLeftOut` is by title, 1 for those left out. */
export function placeOf(scores: Float32Array, target: number, isLeftOut: Uint8Array): number {
  let place = 0;
  for (let title = 0; title < scores.length; title++) {
    if (isLeftOut[title] === 0 && title !== target && stands(scores, title, target)) place += 1;
  }
  return place;
}

/** Whether `title` stands before `other`. */
function stands(scores: Float32Array, title: number, other: number): boolean {
  const own = scores[title]!;
  const theirs = scores[other]!;
  if (own === theirs) return title < other;
  if (Number.isNaN(own)) return Number.isNaN(theirs) && title < other;
  return Number.isNaN(theirs) || own > theirs;
}
