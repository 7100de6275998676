/** What the batch lane counts in single blocks: its own counting SQL over the rows of the lake. */
import { blockEnd, blockStart } from '../../domain/blocks.ts';
import type { Generation } from '../../domain/ids.ts';
import type { TableInput } from '../../domain/manifest.ts';
import { neededSince } from '../../domain/measure-memory.ts';
import { MEASURE_LIMITS, type MeasureLimits } from '../../domain/measures.ts';
import type { BlockContent } from '../../domain/parity/block.ts';
import type { Duplicates } from '../../domain/parity/report.ts';
import type { Marker } from '../../domain/speed-view.ts';
import { COUNTED_TOPICS, type CountedTopic } from '../../domain/topics.ts';
import type { WriteColumn } from '../../infra/duckdb/columns.ts';
import { quoteText, type DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { emptySource } from '../empty-source.ts';
import { countedSql } from '../popularity/cells.ts';
import { loadSql } from '../sql.ts';
import { readContent } from './lake-content.ts';

export interface LakeLaneOptions {
  readonly lake: Pick<DuckDbLake, 'read' | 'reference'>;
  readonly generation: Generation;
  readonly blockSize: number;
  readonly dedupeWindowMs: number;
  /** How far before a block repeats of its event ids are looked for. */
  readonly duplicatesBackMs: number;
  readonly limits?: MeasureLimits;
}

/** Rows to be counted: finished blocks as their markers tell of them, in the snapshots of a version. */
export interface LakeRequest {
  readonly markers: readonly Marker[];
  readonly inputs: readonly TableInput[];
}

export interface LakeLane {
  /** Counts the blocks one by one; what `visit` is given is of one block, so memory is bounded by the largest. */
  eachBlock(
    request: LakeRequest,
    visit: (marker: Marker, content: BlockContent) => Promise<void> | void,
  ): Promise<void>;
  /** Repeated event ids in the blocks, by topic and partition. */
  duplicates(request: LakeRequest): Promise<Duplicates[]>;
}

/** All rows of a partition that its blocks are counted from. */
interface Window {
  readonly topic: CountedTopic;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly sinceMs: number;
}

const PLACE = ['topic', 'partition', 'offset'] as const;

export function createLakeLane(options: LakeLaneOptions): LakeLane {
  const { lake, generation, blockSize, limits = MEASURE_LIMITS } = options;

  const inputOf = (topic: CountedTopic, inputs: readonly TableInput[], sinceMs: number): string => {
    const input = inputs.find(({ table }) => table === topic);
    if (input === undefined) return emptySource(topic);
    return loadSql('parity-input')
      .replaceAll('{table}', () => lake.reference(topic, input.snapshotId))
      .replaceAll("'{topic}'", () => quoteText(topic))
      .replaceAll("'{generation}'", () => quoteText(generation))
      .replaceAll('{since_ms}', String(Math.floor(sinceMs)));
  };

  return {
    eachBlock: ({ markers, inputs }, visit) =>
      lake.read(async (connection) => {
        if (markers.length === 0) return;
        const windows = windowsOf(markers, blockSize, ({ before }) => neededSince(before.logTime, limits));
        await stageWindows(connection, windows);
        const since = Math.min(...windows.map(({ sinceMs }) => sinceMs));
        for (const topic of COUNTED_TOPICS)
          await connection.run(
            `CREATE OR REPLACE TEMP VIEW ${topic}_input AS ${inputOf(topic, inputs, since)}`,
          );
        await connection.run(`CREATE OR REPLACE TEMP TABLE parity_counted AS ${countedSql(PLACE)}`, {
          generation: Number(generation.slice(1)),
          ...{ ranged: false, from_ms: 0, to_ms: 0 },
          cap_count: limits.capCount,
          cap_window_ms: limits.capWindowMs,
          qualify_window_ms: limits.qualifyWindowMs,
        });
        for (const marker of markers) {
          const { topic, partition, block } = marker;
          await connection.run(
            `CREATE OR REPLACE TEMP TABLE counted AS SELECT * EXCLUDE (topic, "partition", "offset")
             FROM parity_counted WHERE topic = $topic AND "partition" = $partition
               AND "offset" >= $from AND "offset" < $to`,
            { topic, partition, from: blockStart(block, blockSize), to: blockEnd(block, blockSize) },
          );
          await visit(marker, await readContent(connection));
        }
        await clear(connection);
      }),

    duplicates: ({ markers, inputs }) =>
      lake.read(async (connection) => {
        if (markers.length === 0) return [];
        const back = options.duplicatesBackMs;
        const windows = windowsOf(markers, blockSize, ({ before }) => Math.max(0, before.logTime - back));
        await stageWindows(connection, windows);
        const since = Math.min(...windows.map(({ sinceMs }) => sinceMs));
        const found: Duplicates[] = [];
        for (const topic of COUNTED_TOPICS) {
          const source = inputOf(topic, inputs, since);
          await connection.run(`CREATE OR REPLACE TEMP VIEW duplicates_input AS ${source}`);
          const params = { topic, dedupe_window_ms: options.dedupeWindowMs };
          const { rowCount, columns } = await connection.query(loadSql('parity-duplicates'), params);
          const at = (name: string, i: number): number => Number(columns[name]!.values[i]);
          for (let i = 0; i < rowCount; i++) {
            found.push({
              topic,
              partition: at('partition', i),
              records: at('records', i),
              late: at('late', i),
              withinWindow: at('within_window', i),
              fromMs: at('from_ms', i),
              toMs: at('to_ms', i),
            });
          }
        }
        await connection.run('DROP VIEW duplicates_input; DROP TABLE parity_windows; DROP TABLE cut_offsets');
        return found;
      }),
  };
}

function windowsOf(
  markers: readonly Marker[],
  blockSize: number,
  sinceOf: (marker: Marker) => number,
): Window[] {
  const groups = Map.groupBy(markers, ({ topic, partition }) => `${topic}/${partition}`);
  return Array.from(groups.values(), (group) => {
    const { topic, partition } = group[0]!;
    return {
      ...{ topic, partition },
      from: Math.min(...group.map(({ block }) => blockStart(block, blockSize))),
      to: Math.max(...group.map(({ block }) => blockEnd(block, blockSize))),
      sinceMs: Math.min(...group.map(sinceOf)),
    };
  });
}

async function stageWindows(connection: DuckDbConnection, windows: readonly Window[]): Promise<void> {
  const text = (values: readonly string[]): WriteColumn => ({ kind: 'text', values });
  const number = (values: readonly number[]): WriteColumn => ({ kind: 'number', values });
  const topic = text(windows.map((one) => one.topic));
  const partition = number(windows.map((one) => one.partition));
  const to = number(windows.map((one) => one.to));
  const columns = {
    ...{ topic, partition, to_offset: to },
    from_offset: number(windows.map((one) => one.from)),
    since_ms: number(windows.map((one) => one.sinceMs)),
  };
  await connection.stage('parity_windows', columns, windows.length);
  await connection.stage('cut_offsets', { topic, partition, cut: to }, windows.length);
}

async function clear(connection: DuckDbConnection): Promise<void> {
  for (const topic of COUNTED_TOPICS) await connection.run(`DROP VIEW IF EXISTS ${topic}_input`);
  for (const table of ['parity_windows', 'cut_offsets', 'parity_counted', 'counted'])
    await connection.run(`DROP TABLE IF EXISTS ${table}`);
}
