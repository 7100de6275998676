/** Both lanes over one made-up log, without a server: the real fold, the real SQL, and faults where a test wants them. */
import { createLakeLane } from '../../batch/parity/lake-lane.ts';
import { createLogWitness, type CleanLog } from '../../batch/parity/log-witness.ts';
import { createParityJob, type ParityJob } from '../../batch/parity/job.ts';
import { createSpeedLane, type ReadSpeedView } from '../../batch/parity/speed-lane.ts';
import { cutOf } from '../../domain/blocks.ts';
import type { CleanRecord } from '../../domain/events/event.ts';
import { generation } from '../../domain/ids.ts';
import { countedRecord, type CountedRecord, type MeasureLimits } from '../../domain/measures.ts';
import { emptyParity, type ParityState } from '../../domain/parity/state.ts';
import { parseSpeedKey, SEAM_RULES } from '../../domain/seam.ts';
import { createSpeedFold, startAt } from '../../domain/speed-fold.ts';
import type { SpeedRecord } from '../../domain/speed-view.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { COUNTED_TOPICS, type CountedTopic } from '../../domain/topics.ts';
import type { ViewVersion } from '../../domain/views.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { partitionRows } from './clean-rows.ts';
import { createTableLake } from './table-lake.ts';

export const BLOCK = 8;
/** Windows of hours, so that three days of log have many, with plays near their edges. */
export const LIMITS: MeasureLimits = {
  capCount: 2,
  capWindowMs: 6 * HOUR_MS,
  qualifyWindowMs: 20 * HOUR_MS,
};
const LOG = { generation: generation('g1'), blockSize: BLOCK };

export type Logs = Readonly<Record<CountedTopic, readonly (readonly CleanRecord[])[]>>;

export interface Faults {
  /** What the speed lane folds in place of a record; undefined loses it. */
  readonly speed?: (record: CountedRecord, offset: number, topic: CountedTopic) => CountedRecord | undefined;
  /** Another cap or window than the batch lane's. */
  readonly speedLimits?: MeasureLimits;
  /** Whether the log has forgotten everything. */
  readonly isLogGone?: boolean;
}

export interface ParityWorld {
  readonly job: ParityJob;
  readonly lake: DuckDbLake;
  readonly state: ParityState;
  readonly manifest: Parameters<ParityJob['run']>[1];
  /** The speed view, partition by partition; a test may take records out or put some in. */
  readonly view: Map<string, SpeedRecord[]>;
  /** How many blocks are finished in all. */
  readonly blocks: number;
}

const placed = (records: readonly CleanRecord[]): CountedRecord[] =>
  records.map((record, offset) => countedRecord({ ...record, rawOffset: 2 * offset }));

export async function createParityWorld(
  duckdb: DuckDb,
  logs: Logs,
  faults: Faults = {},
  most: { readonly blocks: number; readonly drilled: number } = { blocks: 1000, drilled: 100 },
): Promise<ParityWorld> {
  const lake = await createTableLake(duckdb);
  const view = new Map<string, SpeedRecord[]>();
  const cut: Record<string, number[]> = {};
  for (const topic of COUNTED_TOPICS) {
    const partitions = logs[topic];
    const rows = partitions.map((records, p) => partitionRows(topic, p, records));
    await lake.appendExactlyOnce(
      topic,
      rows.filter(({ rowCount }) => rowCount > 0),
    );
    cut[topic] = partitions.map((records) => cutOf(records.length - 1, BLOCK));
    partitions.forEach((records, p) => view.set(`${topic}/${p}`, speedView(topic, p, records, faults)));
  }
  const read: ReadSpeedView = (wanted, isWanted, take) => {
    for (const key of new Set(wanted.map(({ topic, partition }) => `${topic}/${partition}`)))
      for (const record of view.get(key) ?? []) {
        const ref = parseSpeedKey(record.key)!;
        if (isWanted(ref)) take(record, ref);
      }
    return Promise.resolve();
  };
  const job = createParityJob({
    lake: createLakeLane({
      ...{ lake, ...LOG, limits: LIMITS },
      dedupeWindowMs: 24 * HOUR_MS,
      duplicatesBackMs: 100 * 24 * HOUR_MS,
    }),
    speed: createSpeedLane(read, BLOCK),
    witness: createLogWitness(cleanLog(logs, faults.isLogGone === true), BLOCK, LIMITS),
    ...LOG,
    limits: { titles: 10, cells: 10 },
    most,
  });
  const inputs = COUNTED_TOPICS.map((table) => ({ table, snapshotId: '1' }));
  return {
    ...{ job, lake, view },
    state: emptyParity(LOG),
    manifest: { version: 1 as ViewVersion, inputs, cut },
    blocks: Object.values(cut)
      .flat()
      .reduce((sum, offset) => sum + offset / BLOCK, 0),
  };
}

/** Flushes in the middle of blocks, and takes a new epoch now and then, as owners do. */
function speedView(
  topic: CountedTopic,
  partition: number,
  records: readonly CleanRecord[],
  { speed = (record) => record, speedLimits = LIMITS }: Faults,
): SpeedRecord[] {
  const shape = { topic, partition, blockSize: BLOCK, slots: 3 };
  const out: SpeedRecord[] = [];
  let fold = createSpeedFold(shape, startAt(0, -1), SEAM_RULES, speedLimits);
  let epoch = 1;
  placed(records).forEach((record, offset) => {
    if (fold.isFull()) {
      out.push(...fold.flush(epoch, false));
      fold.advance();
    }
    if (offset % 21 === 13) {
      fold = createSpeedFold(shape, fold.checkpoint(), SEAM_RULES, speedLimits);
      epoch += 1;
      if (!fold.isEmpty()) out.push(...fold.flush(epoch, true));
    }
    fold.step(offset, speed(record, offset, topic));
    if (offset % 5 === 4) out.push(...fold.flush(epoch, false));
  });
  if (records.length > 0) out.push(...fold.flush(epoch, false));
  return out;
}

function cleanLog(logs: Logs, isGone: boolean): CleanLog {
  const recordsOf = (topic: CountedTopic, partition: number): CountedRecord[] =>
    placed(logs[topic][partition] ?? []);
  return {
    start: async (topic, partition) => (isGone ? recordsOf(topic, partition).length : 0),
    async offsetAt(topic, partition, time) {
      const records = recordsOf(topic, partition);
      const found = records.findIndex(({ appendTime }) => appendTime >= time);
      return found < 0 ? records.length : found;
    },
    async read({ topic, partition, from, to }, take) {
      const all = recordsOf(topic, partition).map((record, offset) => ({ offset, record }));
      const wanted = all.slice(from, to);
      for (let i = 0; i < wanted.length; i += 3) take(wanted.slice(i, i + 3));
    },
  };
}
