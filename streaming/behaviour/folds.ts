/** The rules that the behaviour process runs, with their limits from configuration. */
import type { KeyedFold } from '../../domain/keyed-fold.ts';
import type { Config } from '../../infra/config.ts';

/** Whatever its state is: each stage keeps that of its own fold. */
export type AnyKeyedFold = KeyedFold<unknown>;

export function behaviourFolds(_config: Config): readonly AnyKeyedFold[] {
  return [];
}
