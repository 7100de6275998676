/** Marquee's stages in this process, built as their processes build them, for tests that look at topics and lake. */
import type { Config } from '../../infra/config.ts';
import { logBounds } from '../../infra/kafka/offsets.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { DERIVED_TABLES, RAW_TABLE, type LakeTable } from '../../infra/lake/tables.ts';
import { silentLog } from '../../infra/log.ts';
import type { ServiceContext } from '../../infra/service.ts';
import { CLEAN_TOPICS, DERIVED_TOPICS, topicName, type TopicKind } from '../../domain/topics.ts';

export interface LiveLane {
  /** Throws what ended a stage, if one ended by itself. */
  check(): void;
  stop(): Promise<void>;
}

export async function startLane(
  config: Config,
  starts: readonly ((context: ServiceContext) => Promise<unknown>)[],
): Promise<LiveLane> {
  const closing: (() => unknown)[] = [];
  let failure: Error | undefined;
  const context = {
    ...{ config, log: silentLog() },
    onClose: (close: () => unknown) => void closing.push(close),
    fail: (error: unknown) => void (failure ??= error instanceof Error ? error : new Error(String(error))),
  } as ServiceContext;
  for (const start of starts) await start(context);
  return {
    check() {
      if (failure !== undefined) throw failure;
    },
    async stop() {
      for (const close of closing.splice(0).reverse()) await close();
    },
  };
}

/** The lake's table of each topic that the sink reads. */
const SUNK_TOPICS: readonly (readonly [TopicKind, LakeTable])[] = [
  ['raw-events', RAW_TABLE],
  ...CLEAN_TOPICS.map((topic) => [topic, topic] as const),
  ...DERIVED_TOPICS.map((topic) => [topic, DERIVED_TABLES[topic]] as const),
];

/** Whether the lake has every record of these topics that a reader of the log would take. */
export async function isSunk(
  { region, generation }: Config,
  kafka: KafkaClient,
  lake: DuckDbLake,
  kinds: readonly TopicKind[],
): Promise<boolean> {
  for (const [kind, table] of SUNK_TOPICS.filter(([one]) => kinds.includes(one))) {
    const positions = await lake.positions(table);
    for (const { partition, end } of await logBounds(kafka, topicName(region, generation, kind))) {
      const at = positions.find((one) => one.partition === partition && one.generation === generation);
      if (end > 0 && (at?.offset ?? -1) + 1 < end) return false;
    }
  }
  return true;
}

/** Whether a consumer group has committed the end of these topics. */
export async function hasRead(
  { region, generation }: Config,
  kafka: KafkaClient,
  group: string,
  kinds: readonly TopicKind[],
): Promise<boolean> {
  const committed = await committedOf(kafka, `${region}.${group}.${generation}`);
  for (const kind of kinds) {
    const topic = topicName(region, generation, kind);
    for (const { partition, end } of await logBounds(kafka, topic)) {
      if (end > 0 && (committed.get(`${topic}/${partition}`) ?? 0) < end) return false;
    }
  }
  return true;
}

/** What a group has committed, by `topic/partition`. */
export async function committedOf(kafka: KafkaClient, groupId: string): Promise<Map<string, number>> {
  const admin = await kafka.admin();
  const topics = await admin.fetchOffsets({ groupId });
  return new Map(
    topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [`${topic}/${partition}`, Number(offset)] as const),
    ),
  );
}
