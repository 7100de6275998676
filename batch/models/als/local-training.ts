/** A training in one process: both sides, both tables and all threads on one shared memory. */
import { paddedWidth } from '../../kernels/kernels.ts';
import {
  createHalfSteps,
  halfStepBytes,
  placeSide,
  placeTable,
  readTable,
  sideBytes,
  tableBytes,
} from './half-step.ts';
import { alsLoss, type BothFactors } from './loss.ts';
import { rowCount, type SideMatrix } from './matrix.ts';
import { createArena } from './memory.ts';
import { createSolverPool, poolBytes, whileOpen } from './pool.ts';
import type { AlsSettings } from './settings.ts';

export interface LocalTraining {
  /** Solves the profiles, then the titles. */
  iterate(onProgress?: (share: number) => void): Promise<void>;
  factors(): BothFactors;
  loss(): number;
  /** Ends the threads. */
  close(): Promise<void>;
}

export interface LocalTrainingDeps {
  readonly profiles: SideMatrix;
  readonly titles: SideMatrix;
  /** Of titles; those of profiles begin with 0. */
  readonly first: Float32Array;
  readonly settings: AlsSettings;
  /** Beside this one. */
  readonly threads: number;
}

export async function createLocalTraining(deps: LocalTrainingDeps): Promise<LocalTraining> {
  const { settings, threads } = deps;
  const { factors, fused } = settings;
  const width = paddedWidth(factors);
  const profileRows = rowCount(deps.profiles);
  const titleRows = rowCount(deps.titles);
  const mostRows = Math.max(profileRows, titleRows);
  const arena = createArena(
    sideBytes(deps.profiles) +
      sideBytes(deps.titles) +
      tableBytes(profileRows, factors) +
      tableBytes(titleRows, factors) +
      halfStepBytes(mostRows, factors) +
      poolBytes(threads, width),
  );
  const profiles = placeSide(arena, deps.profiles, titleRows, settings);
  const titles = placeSide(arena, deps.titles, profileRows, settings);
  const ofProfiles = placeTable(arena, profileRows, factors);
  const ofTitles = placeTable(arena, titleRows, factors, deps.first);
  const pool = await createSolverPool(arena, { threads, width, fused });
  const steps = await whileOpen(pool, () => createHalfSteps(arena, pool, settings, mostRows));
  const both = (): BothFactors => ({
    profiles: readTable(arena, ofProfiles, factors),
    titles: readTable(arena, ofTitles, factors),
  });
  return {
    async iterate(onProgress) {
      await steps.hold(ofTitles);
      await steps.solve(profiles, ofProfiles, (share) => onProgress?.(share / 2));
      await steps.hold(ofProfiles);
      await steps.solve(titles, ofTitles, (share) => onProgress?.((1 + share) / 2));
    },
    factors: both,
    loss: () => alsLoss(deps.profiles, deps.titles, both(), settings),
    close: () => pool.close(),
  };
}
