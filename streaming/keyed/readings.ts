/** How far a lane has read each of its fold's topics, and the log time that this makes. */
import type { EpochMs } from '../../domain/time.ts';
import type { FoldedTopic } from '../../domain/topics.ts';
import type { LogPositions } from '../../infra/state/keyed-state.ts';

/** Changed in place, once a record. */
export interface Reading {
  next: number;
  rawHigh: number;
  logTime: EpochMs;
  /** Log time that an idle topic has reached by the others. */
  idleTime: EpochMs;
}

export interface Readings {
  load(positions: LogPositions): void;
  of(topic: FoldedTopic): Reading;
  /** Whether anything of the topic was read or passed over. */
  isRead(topic: FoldedTopic): boolean;
  positions(): LogPositions;
  /** Log time of the partition once `one` has reached `reached`: the least over the topics. */
  logTime(one: Reading, reached: EpochMs): EpochMs;
  /** The topic is taken to be within the grace time of where the others stand. */
  idle(topic: FoldedTopic): void;
}

export function createReadings(topics: readonly FoldedTopic[], graceMs: number): Readings {
  const readings = new Map<FoldedTopic, Reading>();
  let all: Reading[] = [];
  const load = (positions: LogPositions): void => {
    for (const topic of topics) {
      const { next = 0, rawHigh = -1, logTime = 0 } = positions[topic] ?? {};
      readings.set(topic, { next, rawHigh, logTime, idleTime: 0 });
    }
    all = Array.from(readings.values());
  };
  load({});

  const isRead = ({ next }: Reading): boolean => next > 0;

  return {
    load,
    of: (topic) => readings.get(topic)!,
    isRead: (topic) => isRead(readings.get(topic)!),
    positions: () =>
      Object.fromEntries(
        Array.from(readings)
          // A generation that goes on from another knows a log time before it has read anything.
          .filter(([, reading]) => isRead(reading) || reading.logTime > 0)
          .map(([topic, { next, rawHigh, logTime }]) => [topic, { next, rawHigh, logTime }]),
      ),
    logTime(one, reached) {
      let least = Infinity;
      for (const reading of all) {
        const read = reading === one && reached > reading.logTime ? reached : reading.logTime;
        least = Math.min(least, Math.max(read, reading.idleTime));
      }
      return least;
    },
    idle(topic) {
      const one = readings.get(topic)!;
      let reached = Infinity;
      for (const reading of all) if (reading !== one) reached = Math.min(reached, reading.logTime);
      if (Number.isFinite(reached)) one.idleTime = reached - graceMs;
    },
  };
}
