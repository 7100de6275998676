/** The lease of one clean topic-partition: an object whose epoch grows by compare-and-swap. */
import type { CountedTopic } from '../../domain/topics.ts';
import type { Region } from '../../domain/ids.ts';
import { createLease as createCountedLease } from '../../infra/lease/lease.ts';
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

/** Epochs count up from 1: blocks are told apart by them, versions are not. */
export function createLease({ store, region, topic, partition, owner }: LeaseOptions): Lease {
  const key = `${region}/leases/${topic}/${partition}.json`;
  const lease = createCountedLease({ store, key, owner, clock: () => 0 });
  return { acquire: () => lease.take() };
}
