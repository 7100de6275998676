/** The logs of a region as an erasure needs them: where they end, who has read them, and how they forget. */
import { behindText, type DrainStep, type LogEnds } from '../../domain/erasure/plan.ts';
import type { Tombstone } from '../../domain/erasure/tombstone.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import {
  CLEAN_TOPICS,
  COUNTED_TOPICS,
  DERIVED_TOPICS,
  topicName,
  type CountedTopic,
  type LogTopic,
} from '../../domain/topics.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { committedOffsets, logBounds, type PartitionBounds } from '../../infra/kafka/offsets.ts';
import { deleteRecords } from '../../infra/kafka/delete-records.ts';

/** A consumer group and the topics it reads, as it is called within a region and generation. */
export interface ReadingGroup {
  readonly name: string;
  readonly topics: readonly LogTopic[];
}

export interface ErasureLogsDeps {
  readonly kafka: KafkaClient;
  readonly region: Region;
  readonly generation: Generation;
  /** Rules with state per profile. */
  readonly rules: readonly ReadingGroup[];
  /** Others that read logs, and must not lose what they have not read. */
  readonly others: readonly ReadingGroup[];
  /** Below this offset no cell is needed from the log of a generation any more. */
  readonly servableCut: (of: Generation, topic: CountedTopic, partition: number) => Promise<number>;
}

export interface Trimmed {
  /** Records that were deleted now, of all profiles. */
  readonly records: number;
  /** What keeps the rest, in words; nothing when all is gone. */
  readonly waitsFor: readonly string[];
}

export interface ErasureLogs {
  /** Where the raw partitions of a generation end; undefined where the log is gone. */
  rawEnds(of: Generation): Promise<readonly number[] | undefined>;
  ends(of: 'clean' | 'derived'): Promise<LogEnds>;
  /** Where all logs of a generation that name profiles and that are still there end. */
  wholeLogs(of: Generation): Promise<LogEnds>;
  /** Who has not come up to the ends, in words. */
  behind(step: DrainStep): Promise<readonly string[]>;
  /**
   * Deletes records before the ends, of the generation in use unless another is named, as far as nobody needs them; `mayDelete`
   * false leaves that to retention.
   */
  trim(ends: LogEnds, mayDelete: boolean, of?: Generation): Promise<Trimmed>;
}

const EXTRACT: ReadingGroup = { name: 'extract', topics: ['raw-events'] };
const SINK: ReadingGroup = { name: 'sink', topics: ['raw-events', ...CLEAN_TOPICS, ...DERIVED_TOPICS] };

/** Figures of quality name nobody. */
const WHOLE_LOGS: readonly LogTopic[] = [
  'raw-events',
  ...CLEAN_TOPICS,
  ...DERIVED_TOPICS.filter((topic) => topic !== 'quality-metrics'),
];

export function createErasureLogs(deps: ErasureLogsDeps): ErasureLogs {
  const { kafka, region, generation, rules, others, servableCut } = deps;
  const boundsOf = (topic: string, of = generation): Promise<PartitionBounds[]> =>
    logBounds(kafka, topicName(region, of, topic as LogTopic));
  const committed = (group: ReadingGroup, topic: string, of = generation): Promise<Map<number, number>> =>
    committedOffsets(kafka, `${region}.${group.name}.${of}`, topicName(region, of, topic as LogTopic));

  /** A rule that never ran here holds nothing, and applies the tombstone to all that it will read. */
  const everRan = async (group: ReadingGroup, of = generation): Promise<boolean> => {
    for (const topic of group.topics) if ((await committed(group, topic, of)).size > 0) return true;
    return false;
  };

  const groupsOf = async (of: DrainStep['of']): Promise<readonly ReadingGroup[]> => {
    if (of === 'extract') return [EXTRACT];
    if (of === 'lake') return [SINK];
    const ran = await Promise.all(rules.map((rule) => everRan(rule)));
    return rules.filter((_, i) => ran[i]);
  };

  return {
    async rawEnds(of) {
      const admin = await kafka.admin();
      const topic = topicName(region, of, 'raw-events');
      if (!(await admin.listTopics()).includes(topic)) return undefined;
      return (await logBounds(kafka, topic)).map(({ end }) => end);
    },

    async ends(of) {
      const topics = of === 'clean' ? CLEAN_TOPICS : DERIVED_TOPICS;
      const found: Record<string, readonly number[]> = {};
      for (const topic of topics) found[topic] = (await boundsOf(topic)).map(({ end }) => end);
      return found;
    },

    async wholeLogs(of) {
      const there = await (await kafka.admin()).listTopics();
      const found: Record<string, readonly number[]> = {};
      for (const topic of WHOLE_LOGS)
        if (there.includes(topicName(region, of, topic)))
          found[topic] = (await boundsOf(topic, of)).map(({ end }) => end);
      return found;
    },

    async behind({ of, ends }) {
      const said: string[] = [];
      for (const group of await groupsOf(of)) {
        for (const topic of group.topics.filter((one) => ends[one] !== undefined)) {
          const at = await committed(group, topic);
          for (const { partition, start } of await boundsOf(topic)) {
            const end = ends[topic]![partition] ?? 0;
            const has = at.get(partition) ?? 0;
            if (has < end && start < end) said.push(behindText(group.name, topic, partition, has, end));
          }
        }
      }
      return said;
    },

    async trim(ends, mayDelete, of = generation) {
      const waitsFor: string[] = [];
      let records = 0;
      for (const [topic, ofTopic] of Object.entries(ends)) {
        const readers = [EXTRACT, SINK, ...rules, ...others].filter(({ topics }) =>
          topics.includes(topic as LogTopic),
        );
        const running: ReadingGroup[] = [];
        for (const group of readers) if (await everRan(group, of)) running.push(group);
        const positions = await Promise.all(running.map((group) => committed(group, topic, of)));
        const upTo: { partition: number; offset: number }[] = [];
        for (const { partition, start, end } of await boundsOf(topic, of)) {
          const wanted = Math.min(end, ofTopic[partition] ?? 0);
          if (start >= wanted) continue;
          const cut = isCounted(topic) ? await servableCut(of, topic, partition) : Infinity;
          const read = Math.min(...positions.map((at) => at.get(partition) ?? 0));
          const offset = mayDelete ? Math.min(wanted, read, cut) : start;
          if (offset < wanted) {
            const why = mayDelete ? whyKept(read, cut) : 'its retention';
            waitsFor.push(
              `${topic}/${partition} keeps ${wanted - Math.max(start, offset)} records for ${why}`,
            );
          }
          if (offset > start) upTo.push({ partition, offset });
          records += Math.max(0, offset - start);
        }
        if (upTo.length > 0) await deleteRecords(kafka, topicName(region, of, topic as LogTopic), upTo);
      }
      return { records, waitsFor };
    },
  };
}

const isCounted = (topic: string): topic is CountedTopic =>
  (COUNTED_TOPICS as readonly string[]).includes(topic);
const whyKept = (read: number, cut: number): string =>
  cut < read ? 'the popularity view, whose cut has not come there' : 'those who have not read them';

/** The raw log up to what the tombstone reaches, exclusive. */
export const rawEndsOf = (tombstone: Tombstone, generation: Generation): LogEnds => ({
  'raw-events': (tombstone.positions[generation] ?? []).map((offset) => offset + 1),
});
