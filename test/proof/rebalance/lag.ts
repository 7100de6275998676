/**
 * How far the groups are behind the log, in time: a partition is behind by the age of the oldest record that its group has
 * not committed. And how long it takes after a move until its stage is hardly behind again.
 */
import { topicName, type CleanTopic } from '../../../domain/topics.ts';
import type { Config } from '../../../infra/config.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { committedOf } from '../../support/live-lane.ts';
import type { Stage } from './schedule.ts';

export interface Group {
  readonly stage: Stage;
  readonly name: string;
  readonly topics: readonly CleanTopic[];
}

export interface CatchUp {
  readonly stage: Stage;
  readonly what: string;
  /** From the move itself; undefined where the stage never was behind because of it. */
  readonly tookMs: number | undefined;
}

export interface LagWatch {
  /** A record was appended at this offset, just now. */
  appended(topic: CleanTopic, partition: number, offset: number): void;
  /** Partitions of a stage may move from now on. */
  moved(stage: Stage, what: string): void;
  /** Everything was read: what still is felt, is so because nobody has committed it. */
  settled(): void;
  /** Of all moves that are over. */
  catchUps(): readonly CatchUp[];
  stop(): Promise<void>;
}

export interface LagDeps {
  readonly config: Pick<Config, 'region' | 'generation'>;
  readonly kafka: KafkaClient;
  readonly groups: readonly Group[];
  say(line: string): void;
}

/** Groups commit once a second, so that less than this is no lag. */
export const HARDLY_BEHIND_MS = 2000;
/** A move that nobody has felt by then is not felt at all: whoever is gone is missed sooner. */
const UNFELT_AFTER_MS = 4 * HARDLY_BEHIND_MS;
const POLL_MS = 250;

interface OpenMove {
  readonly stage: Stage;
  readonly what: string;
  readonly at: number;
  isFelt: boolean;
}

/** When the log of a topic-partition reached which end; a few times a second are enough. */
type Ends = { readonly at: number; readonly end: number }[];
const ENDS_EVERY_MS = 100;

export function watchLag({ config, kafka, groups, say }: LagDeps): LagWatch {
  const topicOf = (kind: CleanTopic): string => topicName(config.region, config.generation, kind);
  const history = new Map<string, Ends>();
  let open: OpenMove[] = [];
  const over: CatchUp[] = [];
  let isStopped = false;

  /** By stage, how far the hindmost partition is behind, ms. */
  const look = async (): Promise<Map<Stage, number>> => {
    const committed = new Map<string, ReadonlyMap<string, number>>();
    const asking = groups.map(async ({ name }) => {
      committed.set(name, await committedOf(kafka, `${config.region}.${name}.${config.generation}`));
    });
    await Promise.all(asking);
    const now = performance.now();
    const behind = new Map<Stage, number>();
    for (const { stage, name, topics } of groups) {
      for (const [lane, ends] of history) {
        if (!topics.some((kind) => lane.startsWith(`${topicOf(kind)}/`))) continue;
        const at = committed.get(name)?.get(lane) ?? 0;
        const since = ends.find(({ end }) => end > at)?.at;
        behind.set(stage, Math.max(behind.get(stage) ?? 0, since === undefined ? 0 : now - since));
      }
    }
    return behind;
  };

  const judge = (behind: ReadonlyMap<Stage, number>): void => {
    const now = performance.now();
    open = open.filter((move) => {
      const { stage, what, at } = move;
      if ((behind.get(stage) ?? 0) > HARDLY_BEHIND_MS) return (move.isFelt = true);
      if (!move.isFelt && now - at < UNFELT_AFTER_MS) return true;
      over.push({ stage, what, tookMs: move.isFelt ? now - at : undefined });
      return false;
    });
  };

  const watching = (async () => {
    while (!isStopped) {
      await look().then(judge, (error: unknown) => say(`lag is not known: ${String(error)}`));
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  })();

  return {
    appended(topic, partition, offset) {
      const lane = `${topicOf(topic)}/${partition}`;
      const ends = history.get(lane) ?? [];
      history.set(lane, ends);
      const at = performance.now();
      if (at - (ends.at(-1)?.at ?? -Infinity) > ENDS_EVERY_MS) ends.push({ at, end: offset + 1 });
    },
    moved: (stage, what) => void open.push({ stage, what, at: performance.now(), isFelt: false }),
    settled() {
      const now = performance.now();
      for (const { stage, what, at, isFelt } of open)
        over.push({ stage, what, tookMs: isFelt ? now - at : undefined });
      open = [];
    },
    catchUps: () => over,
    async stop() {
      isStopped = true;
      await watching;
    },
  };
}
