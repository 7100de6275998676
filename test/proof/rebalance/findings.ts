/** The four comparisons of a round, and whether they all hold. */
import type { Config } from '../../../infra/config.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { behaviourFolds } from '../../../streaming/behaviour/folds.ts';
import type { Comparison } from '../../../streaming/replay/port.ts';
import {
  compareCounts,
  compareStates,
  compareUpserts,
  NOTHING_PASSING,
  PASSING,
  PASSING_BEFORE_THE_END,
} from './compare.ts';
import { createExpectedCounts, type ExpectedCounts } from './expected-counts.ts';
import { createExpectedFold, type ExpectedFold, type Upserts } from './expected-profiles.ts';
import type { Machine } from './fleet.ts';
import type { KnownRecord } from './known-log.ts';
import type { Published } from './published.ts';
import { openStoredStates } from './stored.ts';

export const KINDS = ['counts', 'attribution', 'memory', 'signals'] as const;
export type Kind = (typeof KINDS)[number];
export type Findings = Readonly<Record<Kind, Comparison>>;

export interface Expected {
  take(known: KnownRecord, offset: number): void;
  readonly counts: ExpectedCounts;
  readonly folds: readonly ExpectedFold<unknown>[];
}

export function createExpected(config: Config): Expected {
  const counts = createExpectedCounts();
  const folds = behaviourFolds(config).map((fold) => createExpectedFold(fold));
  return {
    counts,
    folds,
    take({ topic, partition, record }, offset) {
      counts.take(topic, partition, record);
      // A fold may keep and change what it is given.
      for (const fold of folds) fold.take(topic, partition, offset, record);
    },
  };
}

export interface Surroundings {
  readonly config: Config;
  readonly kafka: KafkaClient;
  readonly published: Published;
  readonly machines: readonly Machine[];
}

/**
 * `isOver`: the log has gone past all that can change what is attributed. Memory is what folds keep that say nothing:
 * impressions and pairs of titles.
 */
export async function compareAll(
  expected: Expected,
  { config, kafka, published, machines }: Surroundings,
  isOver: boolean,
): Promise<Findings> {
  const upsertsFor = (topic: string): Upserts =>
    new Map(expected.folds.flatMap(({ fold, upserts }) => (fold.output === topic ? [...upserts] : [])));
  const remembered = expected.folds.filter(({ fold }) => fold.output === undefined);
  const memory: Comparison[] = [];
  for (const { fold, states } of remembered) {
    const stored = await openStoredStates({ config, kafka }, fold, machines);
    try {
      memory.push(compareStates(states, stored.of));
    } finally {
      await stored.close();
    }
  }
  return {
    counts: compareCounts(expected.counts.entries, published.counts(), await published.reaches()),
    attribution: compareUpserts(
      upsertsFor('attributed-plays'),
      published.attribution,
      isOver ? PASSING : PASSING_BEFORE_THE_END,
    ),
    memory: together(memory),
    signals: compareUpserts(upsertsFor('user-behavior-features'), published.signals, NOTHING_PASSING),
  };
}

const together = (parts: readonly Comparison[]): Comparison => ({
  compared: parts.reduce((sum, { compared }) => sum + compared, 0),
  differences: parts.reduce((sum, { differences }) => sum + differences, 0),
  examples: parts.flatMap(({ examples }) => examples),
});

/** Whether every record was counted, said and stored by somebody, and we have read what was published of it. */
export async function isAtEnd(
  { folds }: Expected,
  { config, kafka, published, machines }: Surroundings,
): Promise<boolean> {
  if ((await published.reaches()).some(({ watermark, end }) => watermark < end)) return false;
  for (const { fold } of folds) {
    const stored = await openStoredStates({ config, kafka }, fold, machines);
    await stored.close();
    if (stored.missing.length > 0) return false;
  }
  return published.caughtUp();
}

export const differencesIn = (findings: Findings): number =>
  KINDS.reduce((sum, kind) => sum + findings[kind].differences, 0);
