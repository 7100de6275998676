/**
 * Keeps copies of one fold's profiles up with its state. Told after every stored commit which profiles changed, it holds
 * their names alone, each once however often it changes, and copies what the state says of them when their turn comes: so
 * an outage costs the fold nothing, and what waits is bounded. What cannot be known any more, after too much waited, after
 * a crash, or where another machine left off, is found again by copying the partition whole. A mark says up to which
 * positions all has been copied.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { KeyedCommit, LogPositions } from '../state/keyed-state.ts';
import type { FoldId, ProfileCopies, Stamp } from './port.ts';

/** The state as last stored. */
export interface StoredProfiles {
  /** Undefined also where the partition has no state here any more. */
  get(profile: string): unknown;
  /** Profiles of a partition in the order of their names, after one of them. */
  profilesAfter(partition: number, after: string | undefined, limit: number): readonly string[];
}

export interface CopierDeps {
  readonly fold: FoldId;
  readonly stored: StoredProfiles;
  readonly copies: ProfileCopies;
  readonly limits: { readonly maxWaiting: number; readonly concurrency: number; readonly retryMs: number };
  readonly log: Log;
  readonly now?: () => number;
}

export interface CopierStatus {
  /** Partitions whose copies are not what is stored, or not known to be. */
  readonly behind: number;
  /** Profiles that changed and are not copied yet; those of a partition that is copied whole are not counted. */
  readonly waiting: number;
  /** Partitions that are being copied whole. */
  readonly whole: number;
  /** How long the longest waits, milliseconds. */
  readonly lagMs: number;
  /** Writes so far, and those that failed and were tried again. */
  readonly copied: number;
  readonly failed: number;
}

export interface Copier {
  /** A partition was taken over with this state. */
  opened(partition: number, epoch: number, positions: LogPositions): void;
  /** A commit was stored. Returns at once. */
  committed(partition: number, commit: Pick<KeyedCommit<unknown>, 'epoch' | 'positions' | 'entries'>): void;
  status(): CopierStatus;
  /** Copies what waits for at most `patienceMs`; the rest is found when the partition is opened next. */
  close(patienceMs: number): Promise<void>;
}

interface Lane {
  readonly partition: number;
  stamp: Stamp;
  positions: LogPositions;
  /** Changed profiles, and whether they were forgotten, in the order of their first change. */
  waiting: Map<string, boolean>;
  /** When the first of them began to wait, or the copying of the whole partition. */
  since: number | undefined;
  /** Positions of the state found at the opening, while it is not known whether that is copied already. */
  found: LogPositions | undefined;
  /** While the partition is copied whole: the last profile that was. */
  whole: { after: string | undefined } | undefined;
  isMarked: boolean;
}

/** Turns of this many writes for each that may be under way: between them other partitions have theirs. */
const WRITES_A_TURN = 8;

export function createCopier(deps: CopierDeps): Copier {
  const { fold, stored, copies, limits, log, now = Date.now } = deps;
  const lanes = new Map<number, Lane>();
  const stopping = new AbortController();
  let wake = Promise.withResolvers<void>();
  let [copied, failed] = [0, 0];

  const laneOf = (partition: number): Lane => {
    const known = lanes.get(partition);
    if (known !== undefined) return known;
    const lane: Lane = {
      ...{ partition, stamp: { epoch: 0, commit: 0 }, positions: {}, waiting: new Map<string, boolean>() },
      ...{ since: undefined, found: undefined, whole: undefined, isMarked: true },
    };
    lanes.set(partition, lane);
    return lane;
  };

  const copyWhole = (lane: Lane, reason: string): void => {
    log.warn({ rule: fold.name, partition: lane.partition, reason }, 'the partition is copied whole');
    lane.whole = { after: undefined };
  };

  /** Under the stamp of a commit that is stored: what is read is at least as new. */
  async function copyOne(profile: string, isForgotten: boolean, stamp: Stamp): Promise<void> {
    const state = isForgotten ? undefined : stored.get(profile);
    // Forgotten since, which a later commit says; or the state is gone from here, and whoever has it copies it.
    if (state === undefined && !isForgotten) return;
    await copies.write(fold, profile, state, stamp);
    copied += 1;
  }

  /** Copies some, and puts back what failed. Throws the first failure. */
  async function copyAll(lane: Lane, some: readonly (readonly [string, boolean])[]): Promise<void> {
    const { stamp } = lane;
    let failure: unknown;
    let next = 0;
    const copyOn = async (): Promise<void> => {
      for (let one = some[next++]; one !== undefined; one = some[next++]) {
        try {
          if (failure === undefined) await copyOne(one[0], one[1], stamp);
          else keepWaiting(lane, one);
        } catch (error) {
          failure ??= error;
          failed += 1;
          keepWaiting(lane, one);
        }
      }
    };
    await Promise.all(Array.from({ length: limits.concurrency }, copyOn));
    if (failure !== undefined) throw failure as Error;
  }

  async function turn(lane: Lane): Promise<void> {
    if (lane.found !== undefined) await look(lane, lane.found);
    const most = limits.concurrency * WRITES_A_TURN;
    if (lane.waiting.size > 0) {
      const some = takeFirst(lane.waiting, most);
      await copyAll(lane, some);
    } else if (lane.whole !== undefined) {
      const at = lane.whole;
      const some = stored.profilesAfter(lane.partition, at.after, most);
      await copyAll(
        lane,
        some.map((profile) => [profile, false] as const),
      );
      // Another opening or too much waiting may have begun it anew.
      if (lane.whole === at) lane.whole = some.length < most ? undefined : { after: some.at(-1) };
    }
    if (lane.waiting.size > 0 || lane.whole !== undefined || lane.found !== undefined) return;
    const { stamp, positions } = lane;
    lane.since = undefined;
    await copies.mark(fold, lane.partition, { ...stamp, positions });
    lane.isMarked = lane.stamp === stamp;
  }

  /** Whether what was found at the opening is copied already. */
  async function look(lane: Lane, found: LogPositions): Promise<void> {
    const mark = await copies.markOf(fold, lane.partition);
    // Opened anew meanwhile.
    if (lane.found !== found) return;
    lane.found = undefined;
    const isCopied = mark !== undefined && mark.version === fold.version && covers(mark.positions, found);
    if (isCopied || Object.keys(found).length === 0) return;
    copyWhole(lane, mark === undefined ? 'it never was' : 'not all of it was copied');
  }

  async function live(): Promise<void> {
    while (!stopping.signal.aborted) {
      const behind = Array.from(lanes.values()).filter(isBehind);
      if (behind.length === 0) {
        await wake.promise;
        wake = Promise.withResolvers();
        continue;
      }
      for (const lane of behind) {
        if (stopping.signal.aborted) return;
        await turn(lane).catch(async (err: unknown) => {
          log.warn(
            { err, rule: fold.name, partition: lane.partition, waiting: lane.waiting.size },
            'not copied yet',
          );
          await sleep(limits.retryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
        });
      }
    }
  }

  const living = live();
  return {
    opened(partition, epoch, positions) {
      const lane = laneOf(partition);
      Object.assign(lane, { stamp: { epoch, commit: 0 }, positions, found: positions, isMarked: false });
      lane.since ??= now();
      wake.resolve();
    },
    committed(partition, { epoch, positions, entries }) {
      const lane = laneOf(partition);
      lane.stamp = { epoch, commit: lane.stamp.commit + 1 };
      lane.positions = positions;
      lane.isMarked = false;
      for (const [profile, entry] of entries) lane.waiting.set(profile, entry === undefined);
      if (entries.size > 0) lane.since ??= now();
      if (lane.waiting.size > limits.maxWaiting) {
        lane.waiting = new Map();
        copyWhole(lane, 'too much waited');
      }
      wake.resolve();
    },
    status: () => statusOf(Array.from(lanes.values()), { copied, failed, now: now() }),
    async close(patienceMs) {
      const deadline = now() + patienceMs;
      const isLeft = (): boolean => Array.from(lanes.values()).some(isBehind);
      while (isLeft() && now() < deadline) await sleep(CLOSING_POLL_MS);
      stopping.abort();
      wake.resolve();
      await living;
    },
  };
}

const CLOSING_POLL_MS = 20;

const isBehind = ({ waiting, whole, isMarked }: Lane): boolean =>
  waiting.size > 0 || whole !== undefined || !isMarked;

/** A newer change of the same profile is not overwritten. */
function keepWaiting({ waiting }: Lane, [profile, isForgotten]: readonly [string, boolean]): void {
  if (!waiting.has(profile)) waiting.set(profile, isForgotten);
}

function takeFirst(waiting: Map<string, boolean>, most: number): (readonly [string, boolean])[] {
  const taken: (readonly [string, boolean])[] = [];
  for (const one of waiting) {
    if (taken.length === most) break;
    taken.push(one);
    waiting.delete(one[0]);
  }
  return taken;
}

/** Whether whoever copied had read at least as far of every topic. */
function covers(copied: LogPositions, found: LogPositions): boolean {
  return Object.entries(found).every(([topic, { next }]) => (copied[topic]?.next ?? -1) >= next);
}

function statusOf(
  lanes: readonly Lane[],
  { copied, failed, now }: Pick<CopierStatus, 'copied' | 'failed'> & { readonly now: number },
): CopierStatus {
  const since = lanes.reduce((least, lane) => Math.min(least, lane.since ?? Infinity), Infinity);
  return {
    behind: lanes.filter(isBehind).length,
    waiting: lanes.reduce((sum, { waiting }) => sum + waiting.size, 0),
    whole: lanes.filter(({ whole }) => whole !== undefined).length,
    lagMs: Number.isFinite(since) ? Math.max(0, now - since) : 0,
    copied,
    failed,
  };
}
