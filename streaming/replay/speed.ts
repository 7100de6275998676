/** Replays the counting fold over clean records of the lake: the marker of each block, as its owner ends it. */
import { blockEnd, blockStart } from '../../domain/blocks.ts';
import type { CountedRecord } from '../../domain/measures.ts';
import { createSpeedFold, startAt, type FoldShape, type SpeedFold } from '../../domain/speed-fold.ts';
import type { Marker } from '../../domain/speed-view.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { readClean, type CleanSource } from './clean-log.ts';
import type { PlacedRecord } from './clean-rows.ts';

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
    fold ??= createSpeedFold(shape, startAt(from, records[0]!.record.rawOffset - 1));
    for (const { offset, record } of records) {
      await seal(offset);
      fold.step(offset, countedOf({ offset, record }));
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

/** Counting reads what it needs by name. */
const countedOf = ({ record }: PlacedRecord): CountedRecord => {
  const { rawOffset, timeStatus, event, enriched } = record;
  return { ...enriched, ...event, rawOffset, timeStatus } as unknown as CountedRecord;
};
