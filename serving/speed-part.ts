/** The speed part in memory: every partition of the speed view, folded past the cut of the view that is served. */
import type { CutVector } from '../domain/manifest.ts';
import { decodeSpeedRecord } from '../domain/speed-codec.ts';
import { createSpeedTotals, type SpeedShape, type SpeedTotals } from '../domain/speed-totals.ts';
import { countedPartitionOf } from '../domain/topics.ts';
import type { LogBatch } from '../infra/kafka/consumer-port.ts';
import type { Log } from '../infra/log.ts';
import type { SpeedSnapshot, TakenSnapshot } from '../infra/speed-snapshots/store.ts';

export interface SpeedPart {
  /** Takes records of the `speed-view` topic; what is none is logged and passed over. */
  take(batch: Pick<LogBatch, 'partition' | 'records'>): void;
  setCut(cut: CutVector): void;
  /** Gets ready for a cut to come, in steps, so that setting it takes no time. */
  prepareCut(cut: CutVector): Generator<undefined, void, undefined>;
  /** What was taken so far, and where: for another that goes on from there. */
  snapshot(): TakenSnapshot;
  /** Goes on from there instead of what was taken. The cut stays. */
  restore(snapshot: SpeedSnapshot): void;
  /** Forgets every record: the topic is another one now. The cut stays. */
  reset(): void;
  totals(): SpeedTotals;
  /** Records that could not be read so far. */
  refused(): number;
}

export function createSpeedPart(shape: SpeedShape, log: Log): SpeedPart {
  let totals = createSpeedTotals(shape);
  let cut: CutVector = {};
  let positions = new Map<number, number>();
  let refused = 0;
  return {
    take({ partition: speedPartition, records }) {
      const { topic, partition } = countedPartitionOf(speedPartition, shape.partitions);
      for (const { key, value, offset } of records) {
        positions.set(speedPartition, offset + 1);
        const record = decodeSpeedRecord(key, value);
        if (record !== undefined) totals.apply(topic, partition, record);
        else {
          refused += 1;
          log.warn({ partition: speedPartition, offset }, 'not a speed-view record: passed over');
        }
      }
    },
    setCut(next) {
      cut = next;
      totals.setCut(next);
    },
    prepareCut: (next) => totals.prepareCut(next),
    reset() {
      totals = createSpeedTotals(shape);
      positions = new Map();
      totals.setCut(cut);
    },
    snapshot: () => ({ lanes: totals.lanes(), positions: new Map(positions) }),
    restore(snapshot) {
      totals = createSpeedTotals(shape, undefined, snapshot.state);
      positions = new Map(snapshot.positions);
      totals.setCut(cut);
    },
    totals: () => totals,
    refused: () => refused,
  };
}
