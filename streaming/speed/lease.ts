/** The lease of one clean topic-partition: an object whose epoch grows by compare-and-swap. */
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import type { CountedTopic } from '../../domain/topics.ts';
import type { Region } from '../../domain/ids.ts';
import type { ObjectStore } from '../../infra/object-store/port.ts';
import type { Lease } from './owner.ts';

export interface LeaseOptions {
  readonly store: ObjectStore;
  readonly region: Region;
  /** Name of the topic with its generation, e.g. `plays.g1`. */
  readonly topic: `${CountedTopic}.${string}`;
  readonly partition: number;
  /** Who takes it, for the eyes of an operator. */
  readonly owner: string;
}

/** Races lost before giving up: each one means that another owner made progress. */
const MAX_RACES = 50;

export function createLease({ store, region, topic, partition, owner }: LeaseOptions): Lease {
  const key = `${region}/leases/${topic}/${partition}.json`;
  return {
    async acquire() {
      for (let race = 0; race < MAX_RACES; race++) {
        const held = await store.get(key);
        const epoch = (held === undefined ? 0 : epochIn(held.body, key)) + 1;
        const body = new TextEncoder().encode(JSON.stringify({ epoch, owner }));
        try {
          await store.put(key, body, held === undefined ? { ifAbsent: true } : { ifMatch: held.etag });
          return epoch;
        } catch (error) {
          if (!isMarqueeError(error, 'OBJECT_PRECONDITION_FAILED')) throw error;
        }
      }
      throw new MarqueeError('OBJECT_STORE_UNAVAILABLE', {
        key,
        reason: `${MAX_RACES} races for the lease were lost`,
      });
    },
  };
}

function epochIn(body: Uint8Array, key: string): number {
  let epoch: unknown;
  try {
    ({ epoch } = JSON.parse(new TextDecoder().decode(body)) as { epoch?: unknown });
  } catch {
    epoch = undefined;
  }
  if (typeof epoch === 'number' && Number.isInteger(epoch)) return epoch;
  throw new MarqueeError('CHECKPOINT_CORRUPT', { key, reason: 'the lease holds no epoch' });
}
