/**
 * The lease of one partition of a fold: an object whose epoch grows by compare-and-swap, at every owner and whatever the
 * owners' clocks say. It orders owners; it locks nobody out: what an earlier owner still writes is told apart by its epoch.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { ObjectStore } from '../object-store/port.ts';

export interface LeaseOptions {
  readonly store: Pick<ObjectStore, 'get' | 'put'>;
  readonly key: string;
  /** Who takes it: one name for all that share the state of a machine. */
  readonly owner: string;
  /** How long another owner is given to hand over, in milliseconds, before the lease is taken from it; 0 for no time. */
  readonly handoverMs?: number;
  readonly clock?: () => EpochMs;
}

export interface Lease {
  /**
   * Takes the lease, under an epoch above all before and at least `atLeast`: the whole seconds of the clock where these
   * are higher. Waits up to `handoverMs` for another owner that has not handed over; throws LEASE_LOST, having taken
   * nothing, as soon as `isOver` says that the taker's turn has passed.
   */
  take(atLeast?: number, isOver?: () => boolean): Promise<number>;
  /** The next epoch for whoever holds it under `epoch`. Throws LEASE_LOST when another has taken it. */
  renew(epoch: number): Promise<number>;
  /** Lets the next owner begin at once; nothing happens when another has taken it. */
  release(epoch: number): Promise<void>;
}

/** What the object holds, as JSON. */
interface Held {
  readonly epoch: number;
  readonly owner: string;
  readonly isReleased?: boolean;
}

/** Races lost before giving up: each one means that another owner made progress. */
const MAX_RACES = 50;
const POLL_MS = 100;

export function createLease({ store, key, owner, handoverMs = 0, clock = Date.now }: LeaseOptions): Lease {
  const read = async (): Promise<{ held: Held; etag: string } | undefined> => {
    const found = await store.get(key);
    return found && { held: heldIn(found.body, key), etag: found.etag };
  };

  /** False when another was faster. */
  const write = async (held: Held, etag: string | undefined): Promise<boolean> => {
    const body = new TextEncoder().encode(JSON.stringify(held));
    try {
      await store.put(key, body, etag === undefined ? { ifAbsent: true } : { ifMatch: etag });
      return true;
    } catch (error) {
      if (!isMarqueeError(error, 'OBJECT_PRECONDITION_FAILED')) throw error;
      return false;
    }
  };

  const nextAfter = (epoch: number, atLeast = 0): number =>
    Math.max(epoch + 1, atLeast, Math.floor(clock() / 1000));

  const handedOver = async (isOver: () => boolean): ReturnType<typeof read> => {
    // Reads count too: a slow object store makes them fewer, not the wait longer.
    const endsAt = performance.now() + handoverMs;
    for (;;) {
      const found = await read();
      const isFree = found === undefined || found.held.isReleased === true || found.held.owner === owner;
      const leftMs = endsAt - performance.now();
      if (isFree || leftMs <= 0 || isOver()) return found;
      await sleep(Math.min(POLL_MS, Math.ceil(leftMs)));
    }
  };

  const lost = (actual = 0, expected = 0): MarqueeError =>
    new MarqueeError('LEASE_LOST', { key, actual, expected });

  return {
    async take(atLeast, isOver = () => false) {
      let found = await handedOver(isOver);
      for (let race = 0; race < MAX_RACES; race++) {
        if (isOver()) throw lost(found?.held.epoch, atLeast);
        const epoch = nextAfter(found?.held.epoch ?? 0, atLeast);
        if (await write({ epoch, owner }, found?.etag)) return epoch;
        found = await read();
      }
      throw new MarqueeError('OBJECT_STORE_UNAVAILABLE', {
        key,
        reason: `${MAX_RACES} races for the lease were lost`,
      });
    },
    async renew(epoch) {
      const found = await read();
      const next = nextAfter(epoch);
      if (found?.held.epoch === epoch && (await write({ epoch: next, owner }, found.etag))) return next;
      throw lost(found?.held.epoch, epoch);
    },
    async release(epoch) {
      const found = await read();
      if (found?.held.epoch === epoch) await write({ ...found.held, isReleased: true }, found.etag);
    },
  };
}

function heldIn(body: Uint8Array, key: string): Held {
  let held: Partial<Held> | undefined;
  try {
    held = JSON.parse(new TextDecoder().decode(body)) as Partial<Held>;
  } catch {
    held = undefined;
  }
  const { epoch, owner = '', isReleased = false } = held ?? {};
  if (Number.isSafeInteger(epoch)) return { epoch: epoch!, owner, isReleased };
  throw new MarqueeError('CHECKPOINT_CORRUPT', { key, reason: 'the lease holds no epoch' });
}
