import assert from 'node:assert/strict';
import test from 'node:test';
import type { PlayStop } from '../../../domain/events/event.ts';
import { isQualified } from '../../../domain/measures.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { partitionOfKey } from '../../../infra/kafka/partitioner.ts';
import { createSpeedEvents, type SpeedEvent, type SpeedEvents } from '../../../bench/lib/speed-events.ts';

const PARTITIONS = 4;
const TOTAL = 20_000;

function generate(): { events: SpeedEvent[]; source: SpeedEvents } {
  const source = createSpeedEvents({ partitions: PARTITIONS, total: TOTAL, seed: 1 });
  return { events: Array.from({ length: TOTAL }, source.next), source };
}

test('each partition is in raw order, in log time that never steps back, and holds its own profiles', () => {
  const last = Array.from({ length: PARTITIONS }, () => ({ rawOffset: -1, appendTime: 0 }));
  for (const { partition, record } of generate().events) {
    const before = last[partition]!;
    assert.ok(record.rawOffset > before.rawOffset);
    assert.ok(record.appendTime >= before.appendTime);
    assert.ok(record.event.eventTime <= record.appendTime);
    assert.equal(partitionOfKey(record.event.profileId, PARTITIONS), partition);
    last[partition] = record;
  }
});

test('the counts are those of the events', () => {
  const { events, source } = generate();
  const ofKind = (kind: string): SpeedEvent[] => events.filter(({ record }) => record.event.kind === kind);
  const stops = ofKind('play_stop').map(({ record }) => record.event as PlayStop);
  assert.ok(stops.length > 100);
  assert.equal(new Set(stops.map(({ playId }) => playId)).size, stops.length);
  assert.deepEqual(source.counts(), {
    plays: ofKind('play_start').length,
    qualifiedPlays: stops.filter((stop) => isQualified(stop.viewedSeconds, stop.durationSeconds)).length,
    impressions: ofKind('impression').length,
    secondsViewed: stops.reduce((sum, { viewedSeconds }) => sum + Math.floor(viewedSeconds), 0),
  });
});

test('four of five events are impressions, and each is about 1.2 KB as the clean topics hold it', () => {
  const { events } = generate();
  const codec = createCleanCodec();
  const impressions = events.filter(({ topic }) => topic === 'impressions');
  assert.equal(impressions.length, (TOTAL * 4) / 5);
  const bytes = events.reduce((sum, { topic, record }) => sum + codec.encodeClean(topic, record).length, 0);
  assert.ok(Math.abs(bytes / TOTAL - 1200) < 60, `${bytes / TOTAL} bytes`);
});
