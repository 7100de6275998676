/** ALS as a training that workers share. Rows are kept in blocks, whatever the number of shards; a shard is some of them. */
import { paddedWidth } from '../../kernels/kernels.ts';
import { assertTrainable } from '../training-input.ts';
import type { ShardOptions, ShardStep, TrainingSide, TrainingWork, WorkingPlace } from '../training-work.ts';
import { sidesOf } from './both-sides.ts';
import { firstFactors } from './first-factors.ts';
import {
  createHalfSteps,
  halfStepBytes,
  placeSide,
  placeTable,
  readTable,
  sideBytes,
  tableBytes,
} from './half-step.ts';
import { cutRows, rowCount, rowsOf, type SideMatrix } from './matrix.ts';
import { createArena } from './memory.ts';
import { createSolverPool, poolBytes } from './pool.ts';
import { ALS, refuse, type AlsSettings } from './settings.ts';
import { alsTables } from './tables.ts';
import { blocksOf, rangesOf, readSide, type BlockRange } from './work-blocks.ts';
import { createWorkFiles, type FactorsOf, type WorkFiles, type WorkPlan } from './work-files.ts';

/** A block is worth at least this many entries, and there are at most so many of a side. */
const BLOCK_WORK = 262_144;
const MOST_BLOCKS = 256;
const ROW_COST = 64;

/** `blockWork` is for tests: smaller blocks. */
export function createAlsWork(
  place: WorkingPlace,
  settings: AlsSettings,
  { blockWork = BLOCK_WORK }: { readonly blockWork?: number } = {},
): TrainingWork {
  const files = createWorkFiles(place);
  const planned = async (): Promise<WorkPlan> => (await files.readPlan()) ?? refuse('it was not initialised');
  return {
    async initialise(data, { random, previous }) {
      const found = await files.readPlan();
      if (found !== undefined) return found;
      const { interactions } = data;
      assertTrainable(ALS, interactions);
      const matrices = sidesOf(data, settings);
      const blocks = {
        profiles: await putBlocks(files, 'profiles', matrices.profiles, blockWork),
        titles: await putBlocks(files, 'titles', matrices.titles, blockWork),
      };
      const first = firstFactors(interactions.titles, settings, random, previous);
      for (const { from, to, block } of rangesOf(blocks.titles)) {
        const values = first.subarray(from * settings.factors, to * settings.factors);
        await files.putFactors({ side: 'titles', iteration: 0, block }, values);
      }
      await files.putTitles(interactions.titles);
      const plan: WorkPlan = {
        iterations: settings.iterations,
        profiles: interactions.profiles.length,
        titles: interactions.titles.length,
        entries: interactions.columns.length,
        mostShards: { profiles: blocks.profiles.length - 1, titles: blocks.titles.length - 1 },
        settings,
        blocks,
      };
      await files.putPlan(plan);
      return plan;
    },
    async solveShard(step, options) {
      return solveShard(files, await planned(), step, options);
    },
    async finish() {
      const plan = await planned();
      const values = await readSide(files, plan, { side: 'titles', iteration: plan.iterations });
      return alsTables(await files.readTitles(), values, plan.settings);
    },
  };
}

async function putBlocks(
  files: WorkFiles,
  side: TrainingSide,
  matrix: SideMatrix,
  blockWork: number,
): Promise<readonly number[]> {
  const whole = matrix.columns.length + rowCount(matrix) * ROW_COST;
  const bounds = [...cutRows(matrix.rowStarts, Math.max(blockWork, whole / MOST_BLOCKS), ROW_COST)];
  for (const { from, to, block } of rangesOf(bounds))
    await files.putMatrix(side, block, rowsOf(matrix, from, to));
  return bounds;
}

async function solveShard(
  files: WorkFiles,
  plan: WorkPlan,
  step: ShardStep,
  { threads, onProgress }: ShardOptions,
): Promise<{ readonly solvedRows: number; readonly foundRows: number }> {
  const { settings } = plan;
  const { factors, fused } = settings;
  const { side, iteration } = checked(step, plan);
  const left: BlockRange[] = [];
  let foundRows = 0;
  for (const range of blocksOf(step, plan)) {
    const { block, from, to } = range;
    const found = await files.findFactors({ side, iteration, block }, (to - from) * factors);
    onProgress?.(0);
    if (found === undefined) left.push(range);
    else foundRows += to - from;
  }
  if (left.length === 0) return { solvedRows: 0, foundRows };

  const other: TrainingSide = side === 'profiles' ? 'titles' : 'profiles';
  const before = side === 'profiles' ? iteration - 1 : iteration;
  const held = await readSide(files, plan, { side: other, iteration: before }, () => onProgress?.(0));
  const heldRows = held.length / factors;
  const matrices: SideMatrix[] = [];
  for (const { block } of left) matrices.push(await files.readMatrix(side, block));
  const bytesOf = (matrix: SideMatrix): number => sideBytes(matrix) + tableBytes(rowCount(matrix), factors);
  const width = paddedWidth(factors);
  const arena = createArena(
    matrices.reduce((sum, matrix) => sum + bytesOf(matrix), 0) +
      tableBytes(heldRows, factors) +
      halfStepBytes(heldRows, factors) +
      poolBytes(threads, width),
  );
  const source = placeTable(arena, heldRows, factors, held);
  const pool = await createSolverPool(arena, { threads, width, fused });
  try {
    const half = createHalfSteps(arena, pool, settings, heldRows);
    await half.hold(source);
    for (const [index, { block, from, to }] of left.entries()) {
      const begin = await beginOf(files, plan, { side, iteration: iteration - 1, block }, to - from);
      const target = placeTable(arena, to - from, factors, begin);
      const placed = placeSide(arena, matrices[index]!, heldRows, settings);
      await half.solve(placed, target, (share) => onProgress?.((index + share) / left.length));
      await files.putFactors({ side, iteration, block }, readTable(arena, target, factors));
    }
  } finally {
    await pool.close();
  }
  return { solvedRows: left.reduce((sum, { from, to }) => sum + to - from, 0), foundRows };
}

/** Where conjugate gradients start from. */
async function beginOf(
  files: WorkFiles,
  { settings }: WorkPlan,
  of: FactorsOf,
  rows: number,
): Promise<Float32Array | undefined> {
  if (settings.solver === 'exact' || (of.side === 'profiles' && of.iteration === 0)) return undefined;
  const found = await files.findFactors(of, rows * settings.factors);
  return found ?? refuse(`block ${of.block} of ${of.side} is not solved in iteration ${of.iteration} yet`);
}

function checked(step: ShardStep, { iterations }: WorkPlan): ShardStep {
  const { iteration, shard, shards } = step;
  if (!Number.isInteger(iteration) || iteration < 1 || iteration > iterations)
    refuse(`iteration ${iteration} is not 1 to ${iterations}`);
  if (!Number.isInteger(shard) || !Number.isInteger(shards) || shard < 0 || shard >= shards)
    refuse(`shard ${shard} of ${shards} is not one`);
  return step;
}
