/** The peer's side of the speed benchmark: a Kafka Streams application in a JVM of its own, see bench/peers/. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLEAN_SCHEMAS } from '../../domain/events/schemas.ts';
import { topicName } from '../../domain/topics.ts';
import { logBounds } from '../../infra/kafka/offsets.ts';
import { createTopics } from '../../infra/kafka/topics.ts';
import { startLineProcess, type LineProcess } from './line-process.ts';
import type { BuiltPeer } from './kafka-streams-build.ts';
import { deleteTopics, patiently } from './speed-log.ts';
import type { Counts, Output, SpeedLane } from './speed-lane.ts';
import type { SidesDeps } from './speed-sides.ts';

/** How the peer is tuned: what came out best of those tried, see bench/peers/kafka-streams/README.md. */
export interface PeerTuning {
  readonly guarantee: 'at_least_once' | 'exactly_once_v2';
  readonly threads: number;
  readonly store: 'memory' | 'rocksdb';
  readonly table: 'record-cache' | 'write-back';
  readonly heap: string;
  readonly collector: string;
  readonly lingerMs: number;
  readonly pollRecords: number;
  readonly bufferedRecords: number;
  readonly partitionFetchBytes: number;
}

const CACHE_BYTES = 512 * 1024 * 1024;
const PRODUCER_BATCH_BYTES = 256 * 1024;

export interface PeerLaneOptions {
  readonly built: BuiltPeer;
  readonly tuning: PeerTuning;
  readonly emitIntervalMs: number;
  /** Records in the log. */
  readonly total: number;
}

type Totals = Counts & Output;
interface PeerSample {
  readonly records: number;
  readonly cpuSeconds: number;
  readonly isPublished: boolean;
}

/** Starts as a new application at every run: no committed offsets, no state, no changelog. */
export function kafkaStreamsLane({ config, kafka }: SidesDeps, options: PeerLaneOptions): SpeedLane {
  const { region, generation, partitions } = config;
  let applicationId = '';
  let scratch = '';
  return {
    parts: 1,
    async start() {
      applicationId = `${region}.peer-${randomUUID()}`;
      scratch = mkdtempSync(join(tmpdir(), 'marquee-peer-'));
      const outputTopic = `${applicationId}.cells`;
      const admin = await kafka.admin();
      await patiently(() =>
        createTopics(admin, [{ topic: outputTopic, numPartitions: 2 * partitions, replicationFactor: 1 }]),
      );
      const settings = {
        ...{ applicationId, outputTopic, stateDir: join(scratch, 'state') },
        ...writeSchemas(scratch),
        brokers: config.kafka.brokers.join(','),
        playsTopic: topicName(region, generation, 'plays'),
        impressionsTopic: topicName(region, generation, 'impressions'),
        emitIntervalMs: options.emitIntervalMs,
        expectedRecords: options.total,
        cacheBytes: CACHE_BYTES,
        producerBatchBytes: PRODUCER_BATCH_BYTES,
        ...options.tuning,
      };
      return [withParts(await startJava(options, settings))];
    },
    async finish([peer]) {
      const { outputRecords, outputBytes, ...counts } = await peer!.ask<Totals>('totals');
      // Ends of transactions take an offset each, so there may be more.
      const bounds = await logBounds(kafka, `${applicationId}.cells`);
      const appended = bounds.reduce((sum, { start, end }) => sum + end - start, 0);
      if (appended < outputRecords)
        throw new Error(`the peer says ${outputRecords} output records, its topic holds ${appended}`);
      return { counts, outputRecords, outputBytes };
    },
    async clear() {
      const admin = await kafka.admin();
      await admin.deleteGroups([applicationId]).catch(() => undefined);
      await deleteTopics(kafka, applicationId);
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

function startJava(
  { built, tuning }: PeerLaneOptions,
  settings: Readonly<Record<string, string | number>>,
): Promise<LineProcess> {
  return startLineProcess([
    built.java,
    ...[`-Xms${tuning.heap}`, `-Xmx${tuning.heap}`, `-XX:+Use${tuning.collector}GC`],
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    ...['-cp', built.classPath, 'marquee.peer.Peer'],
    ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
  ]);
}

/** The peer says of the whole log at once whether it is done. */
function withParts(peer: LineProcess): LineProcess {
  return {
    async ask<T>(question: string) {
      const answer = await peer.ask<T>(question);
      if (question !== 'sample') return answer;
      const { isPublished, ...sample } = answer as PeerSample;
      return { ...sample, finished: isPublished ? ['all'] : [] } as T;
    },
    close: () => peer.close(),
  };
}

/** The schemas that the clean topics are written with. */
function writeSchemas(dir: string): { playsSchema: string; impressionsSchema: string } {
  mkdirSync(dir, { recursive: true });
  const write = (topic: 'plays' | 'impressions'): string => {
    const file = join(dir, `${topic}.avsc`);
    writeFileSync(file, JSON.stringify(CLEAN_SCHEMAS[topic]));
    return file;
  };
  return { playsSchema: write('plays'), impressionsSchema: write('impressions') };
}
