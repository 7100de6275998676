/** The rules that the behaviour process runs, with their limits from configuration. */
import { createAttribution, type Evictions } from '../../domain/attribution.ts';
import { createImpressionMemory } from '../../domain/impression-memory.ts';
import type { KeyedFold } from '../../domain/keyed-fold.ts';
import { NEARLINE_ROWS, NEARLINE_TOPICS } from '../../domain/nearline/nearline.ts';
import { createPlaySignals } from '../../domain/signals/play-signals.ts';
import { createSearchSignals } from '../../domain/signals/search-signals.ts';
import { createTitlePairs } from '../../domain/title-pairs.ts';
import { createWatching } from '../../domain/watching/watching.ts';
import type { FoldedTopic } from '../../domain/topics.ts';
import type { Config } from '../../infra/config.ts';

/** Whatever its state is: each stage keeps that of its own fold. */
export type AnyKeyedFold = KeyedFold<unknown>;

export type BehaviourLimits = Pick<Config, 'attribution' | 'memory' | 'signals' | 'titlePairs' | 'watching'>;

/** A consumer group of the process: its rule's name and what it reads. */
export interface BehaviourGroup {
  readonly name: string;
  readonly topics: readonly FoldedTopic[];
}

/** Those that read what others of them write come last. */
export const behaviourGroups = (limits: BehaviourLimits): readonly BehaviourGroup[] => [
  ...behaviourFolds(limits).map(({ name, topics }) => ({ name, topics })),
  { name: NEARLINE_ROWS.name, topics: NEARLINE_TOPICS },
];

/** The rules that follow from the log alone; nearline ranking, which follows from models too, is not one of them. */
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
