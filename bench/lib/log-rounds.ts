/**
 * Records of a log as a stage is given them: bytes in memory that is used again, by which nothing is made that somebody has
 * to collect. What making the records leaves behind is collected before they are handed out.
 */
import { garbageCollector } from './collect-garbage.ts';
import type { EncodedEntry, ProfileLog } from './profile-log.ts';

/** Bytes of a record of these logs are fewer than that. */
const RECORD_BYTES = 2048;

export type LogRounds = (count: number) => EncodedEntry[];

/** The next records of a log at each call, the bytes of which stand until the next one. */
export function createLogRounds(log: ProfileLog): LogRounds {
  const collect = garbageCollector();
  let memory = Buffer.alloc(0);
  return (count) => {
    if (memory.length < count * RECORD_BYTES) memory = Buffer.allocUnsafeSlow(count * RECORD_BYTES);
    let end = 0;
    const entries = log.take(count).map(({ topic, offset, bytes }): EncodedEntry => {
      const start = end;
      end += bytes.copy(memory, start);
      return { topic, offset, bytes: memory.subarray(start, end) };
    });
    collect();
    return entries;
  };
}
