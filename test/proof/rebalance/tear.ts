/** Tears parts of checkpoints in the object store, of an owner that has just been killed, which others then have to read. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyedFold } from '../../../domain/keyed-fold.ts';
import type { Config } from '../../../infra/config.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';
import type { Manifest } from '../../../infra/state/checkpoint-manifest.ts';
import type { LogPositions } from '../../../infra/state/keyed-state.ts';
import { openKeyedReader } from '../../../infra/state/lmdb-keyed-state.ts';
import { BEFORE, harm, manifestIn, NEWEST } from '../../support/torn-checkpoints.ts';

export interface TearDeps {
  readonly config: Pick<Config, 'region' | 'generation' | 'partitions'>;
  readonly store: ObjectStore;
  readonly folds: readonly Fold[];
}

type Fold = Pick<KeyedFold<unknown>, 'name' | 'version'>;

export interface Tearing {
  /** Waits until a checkpoint of the machine's can be torn. Call it while its process is alive. */
  awaitSpare(dataDir: string, others: readonly string[]): Promise<void>;
  /**
   * Answers which part was torn; undefined where no checkpoint has one before it. `others`: data folders that are still
   * there; one of them that is as far would have nothing to read.
   */
  tear(dataDir: string, others: readonly string[], draw: number): Promise<string | undefined>;
  torn(): number;
}

const PATIENCE_MS = 30_000;
const POLL_MS = 500;

export function createTearing({ config, store, folds }: TearDeps): Tearing {
  const { region, generation, partitions } = config;
  let torn = 0;

  const reachedBy = async (
    dataDir: string,
    { name, version }: Fold,
    partition: number,
  ): Promise<LogPositions> => {
    const reader = openKeyedReader(
      join(dataDir, 'state', name, `${region}.${generation}`),
      partitions,
      version,
    );
    const positions = reader.positions(partition);
    await reader.close();
    return positions;
  };

  const isBehind = (positions: LogPositions, newest: Manifest): boolean =>
    Object.entries(newest.positions).some(([topic, { next }]) => (positions[topic]?.next ?? 0) < next);

  /** Parts that the newest checkpoint of the machine names and the one before it does not. */
  const partsAt = async (fold: Fold, partition: number, dataDir: string, others: readonly string[]) => {
    const prefix = `${region}/checkpoints/keyed/${fold.name}/${generation}/${partition}/v${fold.version}`;
    const newest = await manifestIn(store, prefix, NEWEST);
    const before = await manifestIn(store, prefix, BEFORE);
    if (before === undefined || newest?.owner.endsWith(`:${dataDir}`) !== true) return [];
    for (const other of others) if (!isBehind(await reachedBy(other, fold, partition), newest)) return [];
    const kept = new Set(before.parts.map(({ key }) => key));
    const parts = newest.parts.map(({ key }) => key);
    return parts.some((key) => kept.has(key)) ? [] : parts;
  };

  const partsOf = async (dataDir: string, others: readonly string[]): Promise<string[]> => {
    const found: string[] = [];
    for (const fold of folds)
      for (let partition = 0; partition < partitions; partition += 1)
        found.push(...(await partsAt(fold, partition, dataDir, others)));
    return found;
  };

  return {
    async awaitSpare(dataDir, others) {
      const until = Date.now() + PATIENCE_MS;
      while ((await partsOf(dataDir, others)).length === 0 && Date.now() < until) await sleep(POLL_MS);
    },
    async tear(dataDir, others, draw) {
      const parts = await partsOf(dataDir, others);
      const key = parts[draw % parts.length];
      if (key === undefined) return undefined;
      await harm(store, key, 'torn', (draw % 97) / 97);
      torn += 1;
      return key;
    },
    torn: () => torn,
  };
}
