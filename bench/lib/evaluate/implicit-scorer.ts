/** implicit's ALS as a scorer: trained in its own process on the same interactions, its factors multiplied here. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RowScorer } from '../../../batch/evaluation/evaluate.ts';
import type { Interactions } from '../../../batch/models/model.ts';
import { dotScores } from '../../../domain/scores.ts';
import { IMPLICIT_SOURCE, installImplicit } from '../implicit-install.ts';
import { startLineProcess } from '../line-process.ts';

/** As the library names them. */
export interface ImplicitSettings {
  readonly factors: number;
  readonly regularisation: number;
  /** What weights are multiplied by. */
  readonly alpha: number;
  readonly iterations: number;
  readonly solver: 'exact' | 'conjugate-gradient';
  readonly seed: number;
}

/** Whose factors a profile is asked with: those that training left, or solved anew from the final titles'. */
export const IMPLICIT_USERS = ['users', 'recalculated'] as const;
export type ImplicitUsers = (typeof IMPLICIT_USERS)[number];

export interface ImplicitTrainer {
  /** Trains on one thread. */
  train(interactions: Interactions, settings: ImplicitSettings): Promise<Record<ImplicitUsers, RowScorer>>;
  close(): Promise<void>;
}

/** Throws SERVER_MISSING where the library cannot be had. */
export async function startImplicit(say: (line: string) => void): Promise<ImplicitTrainer> {
  const { python, environment } = await installImplicit(say);
  const peer = await startLineProcess([python, join(IMPLICIT_SOURCE, 'factors.py')], environment);
  const folder = await mkdtemp(join(tmpdir(), 'marquee-implicit-'));
  const floats = async (name: string): Promise<Float32Array> => {
    const { buffer, byteOffset, length } = await readFile(join(folder, name));
    return new Float32Array(buffer.slice(byteOffset, byteOffset + length));
  };
  return {
    async train(interactions, settings) {
      const { rowStarts, columns, weights, titles } = interactions;
      for (const [name, values] of Object.entries({ row_starts: rowStarts, columns, weights }))
        await writeFile(join(folder, name), values);
      await peer.ask(JSON.stringify({ ...settings, folder, titles: titles.length, threads: 1 }));
      const items = await floats('items');
      const scorer = (users: Float32Array): RowScorer => ({
        titles,
        score(_, scores, row) {
          dotScores(items, settings.factors, users.subarray(row * settings.factors), scores);
        },
      });
      return { users: scorer(await floats('users')), recalculated: scorer(await floats('recalculated')) };
    },
    async close() {
      await peer.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
