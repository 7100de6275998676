/**
 * How much what a profile watched says of what it watches next, by how many titles it has watched since: the newest counts
 * whole, each before it a `fade` of the one after, and none less than `floor`. Ranks and not ages, so that somebody who
 * comes back after a year is known by the last evening and not by nothing.
 */
export interface Recency {
  /** 0 to 1; 1 is no fading. */
  readonly fade: number;
  /** 0 to 1. */
  readonly floor: number;
}

/** Writes the share of each entry to `shares`, by its time; of equal times the later entry is the newer. */
export function recencyShares(
  times: ArrayLike<number>,
  { fade, floor }: Recency,
  shares: Float32Array,
): void {
  const newestFirst = Uint32Array.from({ length: times.length }, (_, entry) => entry).sort(
    (a, b) => times[b]! - times[a]! || b - a,
  );
  let share = 1;
  for (const entry of newestFirst) {
    shares[entry] = floor + (1 - floor) * share;
    share *= fade;
  }
}
