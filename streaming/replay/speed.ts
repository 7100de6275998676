/** Replays the counting fold over clean records of the lake: the marker of each block, as its owner ends it. */
import { blockEnd, blockStart } from '../../domain/blocks.ts';
import { columnsOf } from '../../domain/counted-columns.ts';
import { neededSince } from '../../domain/measure-memory.ts';
import { countedRecord, MEASURE_LIMITS } from '../../domain/measures.ts';
import { SEAM_RULES } from '../../domain/seam.ts';
import {
  createSpeedFold,
  startAt,
  type FoldCheckpoint,
  type FoldShape,
  type SpeedFold,
} from '../../domain/speed-fold.ts';
import type { Marker } from '../../domain/speed-view.ts';
import { createWarmUp, warmFromLog } from '../../domain/warm-up.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { readClean, type CleanSource } from './clean-log.ts';

/** Markers come for blocks that the range covers from their start; `isSealed` where it covers their end as well. */
export interface ReplayedBlock {
  readonly marker: Marker;
  readonly isSealed: boolean;
}

export async function replaySpeed(
  lake: DuckDbLake,
  shape: FoldShape,
  source: CleanSource,
  onBlock: (block: ReplayedBlock) => Promise<void>,
): Promise<number> {
  const { blockSize } = shape;
  // A block that the range cuts is left out, since what it holds is not known.
  const from = blockStart(Math.ceil(source.range.from / blockSize), blockSize);
  const range = { ...source.range, from };
  let fold: SpeedFold | undefined;
  let taken = 0;
  const seal = async (until: number): Promise<void> => {
    while (fold !== undefined && until >= blockEnd(fold.block(), blockSize)) {
      await onBlock({ marker: markerOf(fold, blockEnd(fold.block(), blockSize)), isSealed: true });
      fold.advance();
    }
  };
  for await (const records of readClean(lake, { ...source, range })) {
    fold ??= createSpeedFold(shape, await startOf(lake, { ...source, range }));
    for (const { offset, record } of records) {
      await seal(offset);
      fold.step(offset, countedRecord(record));
      taken += 1;
    }
  }
  if (fold !== undefined) {
    await seal(range.to);
    if (!fold.isEmpty()) await onBlock({ marker: markerOf(fold, fold.position()), isSealed: false });
  }
  return taken;
}

function markerOf(fold: SpeedFold, to: number): Marker {
  const last = fold.flush(0, true).at(-1)?.value;
  if (last?.type !== 'marker') throw new RangeError('a flush ends with a marker');
  return { ...last, to };
}

/** What an owner knows at the start of a block: the lake has every record before it, without repeats. */
async function startOf(lake: DuckDbLake, source: CleanSource): Promise<FoldCheckpoint> {
  const { reference, range } = source;
  if (range.from === 0) return startAt(0, -1);
  const ask = async (columns: string, sinceMs: number): Promise<readonly number[]> => {
    const sql = `SELECT ${columns} FROM ${reference} WHERE generation = $generation AND "partition" = $partition
      AND "offset" < $from AND append_time >= epoch_ms($since_ms)`;
    const { generation, partition, from } = range;
    const params = { generation, partition, from, since_ms: sinceMs };
    const found = await lake.read((connection) => connection.query(sql, params));
    return Object.values(found.columns).map(({ values }) => Number(values[0]));
  };
  const [rawHigh, logTime] = await ask(
    `coalesce(max(raw_offset), -1)::BIGINT AS raw_high, coalesce(max(epoch_ms(append_time)), 0)::BIGINT AS log_time`,
    0,
  );
  const since = neededSince(logTime!, MEASURE_LIMITS);
  const [first] = await ask(`coalesce(min("offset"), ${range.from})::BIGINT AS first`, since);
  const warming = createWarmUp(warmFromLog(first!, since, true), SEAM_RULES, MEASURE_LIMITS);
  let at = first!;
  if (first! < range.from) {
    const before = { ...source, range: { ...range, from: first!, to: range.from } };
    for await (const records of readClean(lake, before))
      // Numbered through: what the lake left out, because it was sent again, is not missing.
      warming.take(columnsOf(records.map(({ record }) => ({ offset: at++, record: countedRecord(record) }))));
  }
  return startAt(range.from, rawHigh, warming.finish(logTime!));
}
