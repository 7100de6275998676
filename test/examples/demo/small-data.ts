/** A small seeded data set and its event lines, for the tests of the demo. */
import { DAY_MS } from '../../../domain/time.ts';
import type { DataSet } from '../../../infra/datasets/data-set.ts';
import { seededDataSet } from '../../../infra/datasets/seeded.ts';
import type { GeneratorOptions } from '../../../examples/demo/generator.ts';

export const END_MS = Date.UTC(2026, 0, 15, 12);

export const SMALL_DATA: DataSet = seededDataSet('a test', {
  seed: 3,
  ratings: 2_000,
  titles: 120,
  users: 80,
});

export const OPTIONS: GeneratorOptions = {
  seed: 11,
  endMs: END_MS,
  spanMs: 6 * DAY_MS,
  limit: 2_000,
  region: 'local',
  runId: 't',
};
