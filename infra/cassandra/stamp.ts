/**
 * Cassandra keeps, of two writes to a cell, the one with the higher timestamp, in whatever order they arrive. So the stamp
 * of a write is its timestamp: 32 bits of epoch, then 30 of the commit's number, below 2^62. No clock takes part. Such
 * timestamps lie far beyond the clock's: whoever writes or deletes by hand must name a higher one.
 */
import type { Stamp } from '../profile-store/port.ts';

const COMMIT_BITS = 30n;
/** A commit every 10 ms reaches it after four months under one epoch; from there on equal stamps are the newest word. */
const LAST_COMMIT = (1n << COMMIT_BITS) - 1n;

export function timestampOf({ epoch, commit }: Stamp): bigint {
  const number = BigInt(commit);
  return (BigInt(epoch) << COMMIT_BITS) + (number < LAST_COMMIT ? number : LAST_COMMIT);
}
