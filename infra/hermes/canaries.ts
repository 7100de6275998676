/** Versions that are tried out: the candidate object beside a view's pointer, and what each canary came to. */
import { isOver, parseCandidate, serialiseCandidate, type Candidate } from '../../domain/canary/candidate.ts';
import { parseCanary, serialiseCanary, type CanaryRecord } from '../../domain/canary/record.ts';
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import type { Region } from '../../domain/ids.ts';
import type { ViewName, ViewVersion } from '../../domain/views.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { createViewKeys } from './keys.ts';
import { readText, toBytes, tryPut } from './text-objects.ts';

/** Every verb may be repeated by the same run after a crash at any point and comes to the same end. */
export interface Canaries {
  /** The candidate of a view, whether its time is over or not; undefined where there is none, or a damaged one. */
  find(view: ViewName): Promise<Candidate | undefined>;
  /**
   * Has a version served as candidate, and resolves with the candidate as it is stored: the run's own where it opened one before.
   * One whose time is over gives way; any other run's is answered as it is.
   */
  open(candidate: Candidate, now: number): Promise<Candidate>;
  /** Has it decided at the end of all its time. Nothing happens where it is not the run's. */
  goOn(view: ViewName, runId: string): Promise<void>;
  /** Ends it for everybody. Nothing happens where it is not the run's. */
  close(view: ViewName, runId: string): Promise<void>;
  /** The first record of a version stays. */
  record(record: CanaryRecord): Promise<CanaryRecord>;
  /** Undefined for a version that no canary had. */
  recordOf(view: ViewName, version: ViewVersion): Promise<CanaryRecord | undefined>;
}

/** What operators are told of a view's trials. */
export interface Trials {
  /** On trial at this moment. */
  readonly candidate: Pick<Candidate, 'version' | 'share' | 'openedAt' | 'endsAt'> | null;
  /** What the canary of the announced version came to; null where it had none. */
  readonly canary: CanaryRecord | null;
}

/** `announced` is null before the first; `now` in milliseconds since the epoch. */
export async function trialsOf(
  canaries: Pick<Canaries, 'find' | 'recordOf'>,
  view: ViewName,
  announced: ViewVersion | null,
  now: number,
): Promise<Trials> {
  const [candidate, canary] = await Promise.all([
    canaries.find(view),
    announced === null ? undefined : canaries.recordOf(view, announced),
  ]);
  if (candidate === undefined || isOver(candidate, now)) return { candidate: null, canary: canary ?? null };
  const { version, share, openedAt, endsAt } = candidate;
  return { candidate: { version, share, openedAt, endsAt }, canary: canary ?? null };
}

export interface CanariesDeps {
  readonly store: ObjectStore;
  readonly region: Region;
}

const MOST_TRIES = 32;

export function createCanaries({ store, region }: CanariesDeps): Canaries {
  const keys = createViewKeys(region);

  /** A damaged object has nothing served, and gives way. */
  async function read(view: ViewName): Promise<{ candidate?: Candidate; etag: string } | undefined> {
    const found = await readText(store, keys.candidate(view));
    if (found === undefined) return undefined;
    try {
      return { candidate: parseCandidate(found.text, view), etag: found.etag };
    } catch (error) {
      if (!isMarqueeError(error, 'VIEW_CORRUPT')) throw error;
      return { etag: found.etag };
    }
  }

  async function recordOf(view: ViewName, version: ViewVersion): Promise<CanaryRecord | undefined> {
    const found = await readText(store, keys.canary(view, version));
    return found && parseCanary(found.text, view, version);
  }

  /** Swaps what stands there for what `next` makes of it; undefined leaves it. Asked again when somebody was faster. */
  async function swap(
    view: ViewName,
    next: (current: Candidate | undefined) => Candidate | undefined,
  ): Promise<Candidate | undefined> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const found = await read(view);
      const wanted = next(found?.candidate);
      if (wanted === undefined) return found?.candidate;
      const condition = found ? { ifMatch: found.etag } : ({ ifAbsent: true } as const);
      if (await tryPut(store, keys.candidate(view), toBytes(serialiseCandidate(wanted)), condition))
        return wanted;
    }
    throw new MarqueeError('OBJECT_PRECONDITION_FAILED', { key: keys.candidate(view) });
  }

  return {
    find: async (view) => (await read(view))?.candidate,
    async open(candidate, now) {
      const stored = await swap(candidate.view, (current) => {
        const isOthers = current !== undefined && current.runId !== candidate.runId;
        if (current === undefined || (isOthers && isOver(current, now))) return candidate;
        return undefined;
      });
      return stored!;
    },
    async goOn(view, runId) {
      await swap(view, (current) => {
        if (current === undefined || current.runId !== runId || current.dueAt === undefined) return undefined;
        const { dueAt: _, ...rest } = current;
        return rest;
      });
    },
    async close(view, runId) {
      // Ended, not deleted: a delete takes no condition, and could take away the next run's.
      await swap(view, (current) =>
        current === undefined || current.runId !== runId || current.endsAt === current.openedAt
          ? undefined
          : { ...current, endsAt: current.openedAt },
      );
    },
    async record(record) {
      const body = toBytes(serialiseCanary(record));
      if (await tryPut(store, keys.canary(record.view, record.version), body, { ifAbsent: true }))
        return record;
      return (await recordOf(record.view, record.version))!;
    },
    recordOf,
  };
}
