/** Serves the merged totals of the simulated world and holds them against the truth. */
import { MEASURE_COUNT } from '../../domain/measures.ts';
import { createSpeedReader, type SpeedReader } from '../../domain/speed-reader.ts';
import type { SpeedRecord } from '../../domain/speed-view.ts';
import { addTruth, trueEvents, type Totals } from './truth.ts';
import {
  addMeasureRow,
  BLOCK_SIZE,
  SERVABLE_VERSIONS,
  WINDOW_MS,
  type Lane,
  type View,
  type World,
} from './world.ts';

export interface Verdict {
  readonly isComplete: boolean;
  /** Whether every clean record is covered. */
  readonly isCaughtUp: boolean;
}

function readerOf(world: World, records: readonly SpeedRecord[]): SpeedReader {
  const reader = createSpeedReader(BLOCK_SIZE, world.rules);
  for (const record of records) reader.apply(record);
  return reader;
}

const NO_VIEW: View = { cut: { plays: [0, 0], impressions: [0, 0] }, totals: new Map() };

/** Checks every servable view with new readers and the live ones; throws on a wrong total that calls itself complete. */
export function checkServing(world: World): Verdict[] {
  for (const lane of world.lanes) {
    const { watermark } = lane.live.reach(0);
    if (watermark < lane.watermark)
      throw new Error(`watermark went back from ${lane.watermark} to ${watermark}`);
    lane.watermark = watermark;
  }
  const views = world.views.length === 0 ? [NO_VIEW] : world.views.slice(-SERVABLE_VERSIONS);
  return views.flatMap((view) => [
    checkView(world, view, (lane) => readerOf(world, lane.view.read()), 'a new reader'),
    checkView(
      world,
      view,
      (lane) => readerOf(world, lane.view.readCompacted()),
      'a new reader after compaction',
    ),
    checkView(world, view, (lane) => lane.live, 'a reader that was there all the time'),
  ]);
}

function checkView(world: World, view: View, readerFor: (lane: Lane) => SpeedReader, name: string): Verdict {
  const served: Totals = new Map([...view.totals].map(([title, row]) => [title, [...row]]));
  const truth: Totals = new Map();
  let isComplete = true;
  let isCaughtUp = true;
  for (const lane of world.lanes) {
    const reader = readerFor(lane);
    const cut = view.cut[lane.topic][lane.partition]!;
    const { watermark, holes } = reader.reach(cut);
    if (holes.length > 0) isComplete = false;
    else assertNothingBeyond(lane, Math.max(watermark, cut), name);
    if (watermark < lane.clean.length) isCaughtUp = false;
    for (const { chunks } of reader.pastCut(cut)) {
      for (const { cells } of chunks.values()) {
        for (let i = 0; i < cells.size; i++)
          addMeasureRow(served, cells.titles[i]!, cells.measures, i * MEASURE_COUNT);
      }
    }
    const trueHere = trueEvents(world.raw[lane.partition]!, WINDOW_MS);
    const covered = new Set(lane.clean.slice(0, watermark).map((record) => record.rawOffset));
    for (const rawOffset of covered) {
      const event = trueHere.get(rawOffset);
      if (event !== undefined) addTruth(truth, event);
    }
  }
  if (isComplete) assertSame(served, truth, name);
  return { isComplete, isCaughtUp };
}

/** Whoever says nothing of holes must reach the block of the newest marker that was ever taken or refused. */
function assertNothingBeyond(lane: Lane, reached: number, name: string): void {
  for (const { value } of lane.view.readCompacted()) {
    if (value?.type !== 'marker' || value.block * BLOCK_SIZE < reached) continue;
    throw new Error(`${name}: reaches ${reached} without holes, a marker tells of block ${value.block}`);
  }
}

export function assertSame(served: Totals, truth: Totals, name: string): void {
  for (const title of new Set([...served.keys(), ...truth.keys()])) {
    const [a, b] = [served.get(title) ?? [0, 0, 0, 0], truth.get(title) ?? [0, 0, 0, 0]];
    if (a.join() !== b.join())
      throw new Error(`${name}: title ${title} served ${a.join()}, truth ${b.join()}`);
  }
}
