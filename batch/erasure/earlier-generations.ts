/**
 * What topic generations before the one in use still hold: their logs, the letters of what they refused, and the checkpoints that
 * the one in use began from. They are sealed: of what they hold only the topics without end may still get a late record.
 */
import { generationNumber } from '../../domain/generations.ts';
import type { LogEnds } from '../../domain/erasure/plan.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import type { ObjectStore } from '../../infra/object-store/port.ts';
import type { ErasureLogs, Trimmed } from './logs.ts';

export interface GenerationShapes {
  readonly generation: Generation;
  readonly partitions: number;
}

export interface EarlierGenerationsDeps {
  readonly store: Pick<ObjectStore, 'list' | 'delete'>;
  readonly region: Region;
  /** In use. */
  readonly generation: Generation;
  /** Every generation that there has been, with the partitions it has. */
  readonly generations: () => Promise<readonly GenerationShapes[]>;
  readonly logs: Pick<ErasureLogs, 'trim' | 'wholeLogs'>;
}

export interface EarlierGenerations {
  /** Those that come before the one in use, oldest first. */
  list(): Promise<readonly GenerationShapes[]>;
  /** Of each partition all that there is. */
  reached(): Promise<Readonly<Record<string, readonly number[]>>>;
  /** Removes their records, and their checkpoints once the generation in use has its own. */
  trim(mayDelete: boolean): Promise<Trimmed>;
}

export function createEarlierGenerations(deps: EarlierGenerationsDeps): EarlierGenerations {
  const { store, region, generation, logs } = deps;
  const root = `${region}/checkpoints/keyed/`;

  const isEarlier = (one: GenerationShapes): boolean =>
    generationNumber(one.generation) < generationNumber(generation);

  async function list(): Promise<readonly GenerationShapes[]> {
    return (await deps.generations()).filter(isEarlier);
  }

  /** By rule and generation, the keys of the checkpoints. */
  async function checkpoints(): Promise<Map<string, Map<string, string[]>>> {
    const byRule = new Map<string, Map<string, string[]>>();
    for (const { key } of await store.list(root)) {
      const [rule = '', of = ''] = key.slice(root.length).split('/');
      const byGeneration = byRule.get(rule) ?? new Map<string, string[]>();
      const keys = byGeneration.get(of) ?? [];
      keys.push(key);
      byRule.set(rule, byGeneration.set(of, keys));
    }
    return byRule;
  }

  async function removeCheckpoints(all: readonly GenerationShapes[]): Promise<readonly string[]> {
    const earlier = all.filter(isEarlier);
    const partitions = all.find((one) => one.generation === generation)?.partitions ?? 0;
    const waitsFor: string[] = [];
    for (const [rule, byGeneration] of await checkpoints()) {
      const own = new Set(
        (byGeneration.get(generation) ?? []).map((key) => key.slice(root.length).split('/')[2]),
      );
      for (const { generation: of } of earlier) {
        const keys = byGeneration.get(of) ?? [];
        if (keys.length > 0 && own.size < partitions) {
          waitsFor.push(
            `${rule} has checkpoints of ${own.size} of ${partitions} partitions; others begin from ${of}`,
          );
          continue;
        }
        for (const key of keys) await store.delete(key);
      }
    }
    return waitsFor;
  }

  return {
    list,
    reached: async () =>
      Object.fromEntries(
        (await list()).map(({ generation: of, partitions }) => [
          of,
          new Array<number>(partitions).fill(Number.MAX_SAFE_INTEGER),
        ]),
      ),
    async trim(mayDelete) {
      const all = await deps.generations();
      let records = 0;
      const waitsFor: string[] = [];
      for (const { generation: of } of all.filter(isEarlier)) {
        const ends: LogEnds = await logs.wholeLogs(of);
        const trimmed = await logs.trim(ends, mayDelete, of);
        records += trimmed.records;
        waitsFor.push(...trimmed.waitsFor.map((why) => `${of}: ${why}`));
      }
      return { records, waitsFor: [...waitsFor, ...(await removeCheckpoints(all))] };
    },
  };
}
