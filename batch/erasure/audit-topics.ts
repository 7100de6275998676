/**
 * Looks for a profile in the records of every topic of the region. Records of clean topics are decoded, so that those of a
 * returning member are told from those that the erasure reaches; of compacted topics the newest record of each key counts,
 * since the others go with compaction.
 */
import type { ErasureFinding } from '../../domain/erasure/report.ts';
import type { LogEnds } from '../../domain/erasure/plan.ts';
import { reachOf } from '../../domain/erasure/tombstone.ts';
import { generation as toGeneration, type Generation, type Region } from '../../domain/ids.ts';
import {
  CLEAN_TOPICS,
  CONTROL_TOPICS,
  LOG_TOPICS,
  topicName,
  TOPICS,
  type CleanTopic,
  type TopicKind,
} from '../../domain/topics.ts';
import type { CleanCodec } from '../../infra/avro/codec.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import type { LogRecord } from '../../infra/kafka/consumer-port.ts';
import { logBounds } from '../../infra/kafka/offsets.ts';
import { readAll } from '../../infra/kafka/reader.ts';
import { isDistinctive } from '../../domain/erasure/distinctive.ts';
import type { Erasing } from './owned-rows.ts';
import { shapeIn, shapesOf, type IdShape } from './shapes.ts';

export interface TopicAuditDeps {
  readonly kafka: KafkaClient;
  readonly codec: CleanCodec;
  readonly region: Region;
  /** In use. */
  readonly generation: Generation;
  /** Earlier ones; topics of theirs that are gone are passed over. */
  readonly before: readonly Generation[];
}

export interface TopicAudit {
  readonly records: number;
  /** Records of compacted topics that still hold the profile and that newer ones of their key supersede. */
  readonly superseded: number;
  readonly findings: readonly ErasureFinding[];
}

/** Erasures name nobody; what they hold is meant to be there. */
const LEFT_OUT: ReadonlySet<TopicKind> = new Set<TopicKind>(['erasures']);

export async function auditTopics(
  deps: TopicAuditDeps,
  erasing: Erasing,
  derivedEnds: LogEnds,
  onStep: (step: string) => void = () => undefined,
): Promise<TopicAudit> {
  const { kafka, region, generation, before } = deps;
  const there = new Set(await (await kafka.admin()).listTopics());
  const audit = { records: 0, superseded: 0, findings: [] as ErasureFinding[] };
  for (const of of [...before, generation])
    for (const kind of [...LOG_TOPICS, ...CONTROL_TOPICS]) {
      const topic = topicName(region, of, kind);
      if (LEFT_OUT.has(kind) || !there.has(topic)) continue;
      const place = of === generation ? `topic/${kind}` : `topic/${of}/${kind}`;
      // What was worked out in an earlier generation is older than any erasure that is asked for now.
      const ends = of === generation ? derivedEnds : {};
      const found = await auditTopic({ ...deps, generation: of }, { kind, topic }, erasing, ends, () =>
        onStep(place),
      );
      audit.records += found.records;
      audit.superseded += found.superseded;
      if (found.held > 0) audit.findings.push({ place, found: found.held, as: 'record' });
    }
  return audit;
}

async function auditTopic(
  deps: Omit<TopicAuditDeps, 'before'>,
  { kind, topic }: { readonly kind: TopicKind; readonly topic: string },
  erasing: Erasing,
  derivedEnds: LogEnds,
  onRead: () => void,
): Promise<{ records: number; superseded: number; held: number }> {
  const shapes = shapesOf(erasing.profileId);
  const bounds = await logBounds(deps.kafka, topic);
  if (bounds.every(({ start, end }) => start === end)) return { records: 0, superseded: 0, held: 0 };
  onRead();
  const isCompacted = TOPICS[kind].cleanup === 'compact';
  const held = new Map<string, string>();
  let [records, superseded, found] = [0, 0, 0];
  const reader = await readAll(deps.kafka, {
    ...{ topic, live: false },
    async onRecords({ partition, records: some }) {
      records += some.length;
      for (const record of some) {
        const as = heldIn(record, erasing.profileId, shapes);
        const key = `${partition}/${record.key?.toString('latin1') ?? ''}`;
        if (isCompacted) {
          if (held.delete(key)) superseded += 1;
          if (as !== undefined) held.set(key, as);
        } else if (
          as !== undefined &&
          (await isReached(deps, kind, { partition, record }, erasing, derivedEnds))
        )
          found += 1;
      }
    },
  });
  await reader.closed;
  return { records, superseded, held: found + held.size };
}

function heldIn(
  { key, value }: Pick<LogRecord, 'key' | 'value'>,
  profileId: string,
  shapes: readonly IdShape[],
): string | undefined {
  if (key?.toString('utf8') === profileId) return 'key';
  if (value === null) return undefined;
  // Of a short id that could be any word, only where a profile is named in JSON.
  if (!isDistinctive(profileId) && value.includes(`"profileId":${JSON.stringify(profileId)}`)) return 'id';
  return shapeIn(value, shapes);
}

async function isReached(
  { codec, generation }: Pick<TopicAuditDeps, 'codec' | 'generation'>,
  kind: TopicKind,
  { partition, record }: { readonly partition: number; readonly record: LogRecord },
  { tombstone }: Erasing,
  derivedEnds: LogEnds,
): Promise<boolean> {
  const reach = reachOf(tombstone, toGeneration(generation), partition);
  if (kind === 'raw-events') return record.offset <= reach;
  if ((CLEAN_TOPICS as readonly string[]).includes(kind) && record.value !== null) {
    const topic = kind as CleanTopic;
    await codec.learn(topic, [record.value]);
    return codec.decodeClean(topic, record.value, { partition, offset: record.offset }).rawOffset <= reach;
  }
  return record.offset < (derivedEnds[kind]?.[partition] ?? Infinity);
}
