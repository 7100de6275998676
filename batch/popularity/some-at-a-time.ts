/** What both come to, once both have ended; of two failures that of `one`. */
export async function together<A, B>(one: () => Promise<A>, other: () => Promise<B>): Promise<[A, B]> {
  const [first, second] = await Promise.allSettled([one(), other()]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return [first.value, second.value];
}

/**
 * Does `work` for every item, so many at a time, begun in their order; what came of them in that order. After a failure
 * nothing more is begun, and it is told once all that was begun has ended.
 */
export async function someAtATime<T, R>(
  items: readonly T[],
  atATime: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const failures: unknown[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < items.length && failures.length === 0; at = next++) {
      try {
        results[at] = await work(items[at]!);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, items.length) }, lane));
  if (failures.length > 0) throw failures[0];
  return results;
}
