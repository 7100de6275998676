/**
 * What is watched more at one hour or on one device than at other times: the logarithm of how much more often a genre is
 * played there, drawn towards what it is everywhere. With n of N plays of the context and m of M of all being of the genre,
 *
 *   ln((n + s m / M) / (N + s)) − ln(m / M)
 */
export function contextLifts(
  inContext: ArrayLike<number>,
  everywhere: ArrayLike<number>,
  strength: number,
): Float32Array {
  const sumOf = (counts: ArrayLike<number>): number =>
    Array.from(counts).reduce((sum, count) => sum + count, 0);
  const [ofContext, ofAll] = [sumOf(inContext), sumOf(everywhere)];
  return Float32Array.from(everywhere, (count, genre) => {
    const share = count / ofAll;
    const there = ((inContext[genre] ?? 0) + strength * share) / (ofContext + strength);
    return share > 0 && there > 0 ? Math.log(there / share) : 0;
  });
}
