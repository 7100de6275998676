/** The kinds of process that can be sized: the groups of each, and what their members read. */
import { COUNTED_TOPICS, topicName, type LogTopic } from '../../domain/topics.ts';
import type { Config } from '../../infra/config.ts';
import { behaviourGroups } from '../behaviour/folds.ts';

export const SIZED_KINDS = ['speed', 'behaviour', 'extract'] as const;
export type SizedKind = (typeof SIZED_KINDS)[number];

/** A consumer group that every process of a kind is a member of. */
export interface SizedGroup {
  readonly groupId: string;
  /** Kafka names. */
  readonly topics: readonly string[];
}

export function sizedKinds({ controller }: Pick<Config, 'controller'>): readonly SizedKind[] {
  const named = controller.kinds.split(',');
  return SIZED_KINDS.filter((kind) => named.includes(kind));
}

export function groupsOf(kind: SizedKind, config: Config): readonly SizedGroup[] {
  const { region, generation } = config;
  const group = (name: string, topics: readonly LogTopic[]): SizedGroup => ({
    groupId: `${region}.${name}.${generation}`,
    topics: topics.map((topic) => topicName(region, generation, topic)),
  });
  switch (kind) {
    case 'speed':
      return [group('speed', COUNTED_TOPICS)];
    case 'extract':
      return [group('extract', ['raw-events'])];
    case 'behaviour':
      return behaviourGroups(config).map(({ name, topics }) => group(name, topics));
  }
}

export function capacityOf(kind: SizedKind, { controller }: Pick<Config, 'controller'>): number {
  const { speedCapacity, behaviourCapacity, extractCapacity } = controller;
  return { speed: speedCapacity, behaviour: behaviourCapacity, extract: extractCapacity }[kind];
}
