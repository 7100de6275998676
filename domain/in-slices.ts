/** Long work that rests now and then, so that who serves requests meanwhile can let others have their turn. */
export type InSlices<T> = Generator<undefined, T, undefined>;

/** Does the work without a rest. */
export function atOnce<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}
