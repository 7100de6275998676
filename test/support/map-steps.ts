/** Counts what going through maps costs, so that a test can say that something goes through none, whatever the time. */
import type { TestContext } from 'node:test';

const iterator = Object.getPrototypeOf(new Map().entries()) as { next(this: unknown): unknown };

/** Steps of all iterators over maps from now to the end of the test; copying a map takes one for each entry. */
export function countMapSteps(t: Pick<TestContext, 'after'>): () => number {
  const { next } = iterator;
  let steps = 0;
  iterator.next = function () {
    steps += 1;
    return next.call(this);
  };
  t.after(() => (iterator.next = next));
  return () => steps;
}
