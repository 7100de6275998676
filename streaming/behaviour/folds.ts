/** The rules that the behaviour process runs, with their limits from configuration. */
import { createAttribution, type Evictions } from '../../domain/attribution.ts';
import { createImpressionMemory } from '../../domain/impression-memory.ts';
import type { KeyedFold } from '../../domain/keyed-fold.ts';
import { createPlaySignals } from '../../domain/signals/play-signals.ts';
import { createSearchSignals } from '../../domain/signals/search-signals.ts';
import { createTitlePairs } from '../../domain/title-pairs.ts';
import { createWatching } from '../../domain/watching/watching.ts';
import type { Config } from '../../infra/config.ts';

/** Whatever its state is: each stage keeps that of its own fold. */
export type AnyKeyedFold = KeyedFold<unknown>;

export type BehaviourLimits = Pick<Config, 'attribution' | 'memory' | 'signals' | 'titlePairs' | 'watching'>;

export function behaviourFolds(
  { attribution, memory, signals, titlePairs, watching }: BehaviourLimits,
  evictions: Evictions = {},
): readonly AnyKeyedFold[] {
  return [
    createAttribution(attribution, evictions),
    createImpressionMemory(memory),
    createPlaySignals(signals),
    createSearchSignals(signals),
    createTitlePairs(titlePairs),
    createWatching(watching),
  ];
}
