/** Serves the merged totals of the simulated world and holds them against the truth. */
import { textAt } from '../../domain/text-column.ts';
import { eachRegister, rankOf, registerOf } from '../../domain/distinct.ts';
import { hashProfile } from '../../domain/hash.ts';
import { MEASURE_COUNT } from '../../domain/measures.ts';
import { ROW_MEASURE_COUNT } from '../../domain/row-counts.ts';
import type { Chunk } from '../../domain/speed-view.ts';
import { createSpeedReader, type SpeedReader } from '../../domain/speed-reader.ts';
import type { SpeedRecord } from '../../domain/speed-view.ts';
import { addTotals, countEach, trueEvents, type Totals } from './truth.ts';
import { BLOCK_SIZE, SERVABLE_VERSIONS, WINDOW_MS, type Lane, type View, type World } from './world.ts';

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
  const served: Totals = new Map(view.totals);
  const servedRegisters: Registers = new Map();
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
    for (const { chunks } of reader.pastCut(cut))
      for (const chunk of chunks.values()) addChunk(served, servedRegisters, chunk);
    const trueHere = trueEvents(world.raw[lane.partition]!, WINDOW_MS);
    const covered = new Set(lane.clean.slice(0, watermark).map((record) => record.rawOffset));
    const counted = countEach([...trueHere.values()]);
    [...trueHere.keys()].forEach((rawOffset, i) => {
      if (covered.has(rawOffset)) addTotals(truth, counted[i]!);
    });
  }
  if (isComplete) assertSame(served, servedRegisters, truth, name);
  return { isComplete, isCaughtUp };
}

/** Whoever says nothing of holes must reach the block of the newest marker that was ever taken or refused. */
function assertNothingBeyond(lane: Lane, reached: number, name: string): void {
  for (const { value } of lane.view.readCompacted()) {
    if (value?.type !== 'marker' || value.block * BLOCK_SIZE < reached) continue;
    throw new Error(`${name}: reaches ${reached} without holes, a marker tells of block ${value.block}`);
  }
}

/** `title register` → rank */
type Registers = Map<string, number>;

function addChunk(totals: Totals, registers: Registers, chunk: Chunk): void {
  const { titles } = chunk.columns;
  if (chunk.family === 'distinct') {
    eachRegister(chunk.columns, (group, register, rank) =>
      raise(registers, `${textAt(titles, group)} ${register}`, rank),
    );
    return;
  }
  const { measures } = chunk.columns;
  const width = chunk.family === 'cells' ? MEASURE_COUNT : ROW_MEASURE_COUNT;
  titles.indices.forEach((_, i) => {
    const title = textAt(titles, i);
    const key = chunk.family === 'cells' ? title : `${title} ${textAt(chunk.columns.rows, i)}`;
    addTotals(totals, new Map([[key, [...measures.subarray(i * width, (i + 1) * width)]]]));
  });
}

function raise(registers: Registers, key: string, rank: number): void {
  registers.set(key, Math.max(registers.get(key) ?? 0, rank));
}

/** Takes who started what out of the totals, as registers. */
function registersOf(totals: Totals): Registers {
  const registers: Registers = new Map();
  for (const key of totals.keys()) {
    const [title, profile] = key.split('@');
    if (profile === undefined) continue;
    totals.delete(key);
    const hash = hashProfile(profile);
    raise(registers, `${title} ${registerOf(hash)}`, rankOf(hash));
  }
  return registers;
}

export function assertSame(served: Totals, speed: Registers, truth: Totals, name: string): void {
  const united = registersOf(served);
  for (const [key, rank] of speed) raise(united, key, rank);
  const expected = registersOf(truth);
  for (const key of new Set([...served.keys(), ...truth.keys()])) {
    const [a, b] = [served.get(key) ?? [], truth.get(key) ?? []];
    const isSame = [...a, ...b].every((_, m) => (a[m] ?? 0) === (b[m] ?? 0));
    if (!isSame) throw new Error(`${name}: ${key} served ${a.join()}, truth ${b.join()}`);
  }
  for (const key of new Set([...united.keys(), ...expected.keys()])) {
    if (united.get(key) !== expected.get(key))
      throw new Error(`${name}: register ${key} served ${united.get(key)}, truth ${expected.get(key)}`);
  }
}
