/** Records of the speed view, as the owner of a clean topic-partition publishes them. */
import { hashProfile } from '../../domain/hash.ts';
import { country, profileId, titleId } from '../../domain/ids.ts';
import { createSpeedFold, startAt } from '../../domain/speed-fold.ts';
import type { SpeedRecord } from '../../domain/speed-view.ts';
import type { CountedTopic } from '../../domain/topics.ts';
import { bucketStart } from '../../domain/time.ts';

export interface CountedEvent {
  readonly title: string;
  readonly country: string;
  readonly bucket: number;
  /** Somebody else each time where it is absent. */
  readonly profile?: string;
}

export interface LaneShape {
  readonly topic: CountedTopic;
  readonly partition: number;
  readonly blockSize: number;
}

/** Folds the events from offset 0 on, one an offset, flushing at every block's end and at the last event. */
export function speedRecordsOf(shape: LaneShape, events: readonly CountedEvent[]): SpeedRecord[] {
  const fold = createSpeedFold({ ...shape, slots: 2 }, startAt(0, -1));
  const records: SpeedRecord[] = [];
  events.forEach(({ title, country: where, bucket, profile: named }, offset) => {
    const profile = named ?? `p${offset}`;
    if (fold.isFull()) {
      records.push(...fold.flush(1, false));
      fold.advance();
    }
    fold.step(offset, {
      rawOffset: offset,
      appendTime: bucketStart(bucket),
      profileId: profileId(profile),
      profileHash: hashProfile(profile),
      row: 'trending',
      timeStatus: 'ok',
      kind: shape.topic === 'plays' ? 'play_start' : 'impression',
      eventTime: bucketStart(bucket),
      country: country(where),
      titleId: titleId(title),
    });
  });
  if (events.length > 0) records.push(...fold.flush(1, false));
  return records;
}

export const repeated = (count: number, event: CountedEvent): CountedEvent[] =>
  Array.from({ length: count }, () => event);
