/**
 * fast-check for tests that are run longer: every property is tried `times` as often, for `ms` at most, with seeds of its own
 * rather than those that the suite is reproducible by. Both are in the query by which this module is imported.
 */
import * as fastCheck from 'fast-check';

export * from 'fast-check';

/** fast-check's own. */
const RUNS = 100;

const asked = new URL(import.meta.url).searchParams;
const [times, ms] = [Number(asked.get('times')), Number(asked.get('ms'))];

// A property that is out of time has held for as long.
fastCheck.installGlobalPlugin(fastCheck.interruptAfterTimeLimit(ms));

const longer = <T>({
  seed: _seed,
  path: _path,
  ...given
}: fastCheck.Parameters<T> = {}): fastCheck.Parameters<T> => ({
  ...given,
  numRuns: (given.numRuns ?? RUNS) * times,
});

export function assert<T>(
  property: fastCheck.IRawProperty<T>,
  parameters?: fastCheck.Parameters<T>,
): void | Promise<void> {
  return fastCheck.assert(property, longer(parameters));
}

export default { ...fastCheck, assert };
