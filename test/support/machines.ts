/** Machines with a data folder each, whose state of one partition moves between them through one object store. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generation, region } from '../../domain/ids.ts';
import { silentLog } from '../../infra/log.ts';
import type { ObjectStore } from '../../infra/object-store/port.ts';
import type { KeyedEntry, LogPositions } from '../../infra/state/keyed-state.ts';
import { createLmdbKeyedStates } from '../../infra/state/lmdb-keyed-state.ts';
import type { CheckpointTold } from '../../infra/state/movable-partition.ts';
import { createMovablePartition, type MovablePartition } from '../../infra/state/movable-partition.ts';
import type { GoneOnFrom } from '../../infra/state/resume.ts';
import { createKeyedCheckpoints } from '../../infra/state/keyed-checkpoints.ts';
import { createLease } from '../../infra/lease/lease.ts';

export interface TestState {
  readonly seen: number;
  readonly times: Float64Array;
}

export interface Machine {
  readonly name: string;
  readonly folder: string;
  readonly partition: MovablePartition<TestState>;
  readonly restored: CheckpointTold[];
  readonly written: CheckpointTold[];
  /** What was gone on from in place of checkpoints that could not be read. */
  readonly discarded: GoneOnFrom[];
  close(): Promise<void>;
}

export interface MachineOptions {
  readonly clock?: () => number;
  readonly partBytes?: number;
  readonly maxParts?: number;
  readonly maxChanges?: number;
  /** Of the keys in the object store. */
  readonly prefix?: string;
}

export const PREFIX = `${region('eu')}/checkpoints/keyed/counting/${generation('g1')}/0/v1`;

export const stateOf = (seen: number): TestState => ({ seen, times: new Float64Array([seen, seen / 2]) });

export const positionsAt = (next: number, topic = 'plays'): LogPositions => ({
  [topic]: { next, rawHigh: next - 1, logTime: 1000 + next },
});

export interface Machines {
  start(name: string, store: ObjectStore, options?: MachineOptions): Machine;
  close(): Promise<void>;
}

/** A machine that is started again under its name has its folder. */
export function createMachines(): Machines {
  const dir = mkdtempSync(join(tmpdir(), 'marquee-machines-'));
  const open = new Set<Machine>();
  return {
    start(name, store, { clock, partBytes = 600, maxParts = 4, maxChanges = 1000, prefix = PREFIX } = {}) {
      const folder = join(dir, name);
      const local = createLmdbKeyedStates<TestState>(folder, 1, clock);
      const [restored, written]: CheckpointTold[][] = [[], []];
      const discarded: GoneOnFrom[] = [];
      const log = silentLog();
      const partition = createMovablePartition<TestState>({
        ...{ partition: 0, owner: name, log },
        local: local.partition(0),
        lease: createLease({ store, key: `${prefix}/lease.json`, owner: name, ...(clock && { clock }) }),
        checkpoints: createKeyedCheckpoints({
          store,
          prefix,
          fold: 'counting',
          foldVersion: 1,
          owner: name,
          log,
        }),
        limits: { partBytes, maxParts, maxChanges, releaseMs: 5000 },
        onCheckpoint: (told) => void written!.push(told),
        onRestore: (told) => void restored!.push(told),
        onDiscarded: (from) => void discarded.push(from),
      });
      const machine: Machine = {
        ...{ name, folder, partition, restored: restored!, written: written!, discarded },
        async close() {
          if (open.delete(machine)) await local.close();
        },
      };
      open.add(machine);
      return machine;
    },
    async close() {
      for (const machine of [...open]) await machine.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export const entriesOf = (
  of: Readonly<Record<string, readonly [seen: number, wakeAt?: number] | undefined>>,
): Map<string, KeyedEntry<TestState> | undefined> =>
  new Map(
    Object.entries(of).map(([key, one]) => [
      key,
      one && { state: stateOf(one[0]), ...(one[1] === undefined ? {} : { wakeAt: one[1] }) },
    ]),
  );

export const commitTo = (
  { partition }: Machine,
  epoch: number,
  next: number,
  of: Parameters<typeof entriesOf>[0],
): Promise<void> => partition.commit({ epoch, positions: positionsAt(next), entries: entriesOf(of) });

/** Opens, and stores four profiles at position 3. Answers the epoch. */
export async function seed(machine: Machine): Promise<number> {
  const { epoch } = await machine.partition.open();
  await commitTo(machine, epoch, 3, { p: [1, 50], q: [2, 60], r: [3], s: [9, 70] });
  return epoch;
}
