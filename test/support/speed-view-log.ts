/** What the speed view holds now, read whole, with the broker's time of every marker. */
import type { CutVector } from '../../domain/manifest.ts';
import { IMPRESSIONS, PLAYS } from '../../domain/measures.ts';
import { decodeSpeedRecord } from '../../domain/speed-codec.ts';
import { createSpeedTotals, type SpeedReach } from '../../domain/speed-totals.ts';
import { countedPartitionOf, topicName } from '../../domain/topics.ts';
import type { Config } from '../../infra/config.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { readTopic } from './kafka-log.ts';
import { countName } from './clean-load.ts';

export interface HeldView {
  readonly reach: SpeedReach;
  /** Plays and impressions by `topic/title/country`; none that are 0. */
  readonly counts: ReadonlyMap<string, number>;
  /** When each partition of the topic got its markers, ascending. */
  readonly markerTimes: readonly (readonly number[])[];
}

/** What is counted from `cut` on; everything unless given. */
export async function readSpeedView(
  config: Config,
  kafka: KafkaClient,
  cut: CutVector = {},
): Promise<HeldView> {
  const { region, generation, partitions, blockSize } = config;
  const totals = createSpeedTotals({ partitions, blockSize });
  totals.setCut(cut);
  const markerTimes: number[][] = [];
  for (const [at, records] of await readTopic(kafka, topicName(region, generation, 'speed-view'))) {
    const { topic, partition } = countedPartitionOf(at, partitions);
    const times: number[] = (markerTimes[at] = []);
    for (const { key, value, timestamp } of records) {
      const record = decodeSpeedRecord(key, value);
      if (record === undefined) continue;
      totals.apply(topic, partition, record);
      if (record.value?.type === 'marker') times.push(timestamp);
    }
  }
  const counts = new Map<string, number>();
  for (const title of totals.titles())
    for (const [where, measures] of totals.countriesOf(title))
      for (const [topic, measure] of [
        ['plays', PLAYS],
        ['impressions', IMPRESSIONS],
      ] as const)
        if (measures[measure] !== 0) counts.set(countName(topic, title, where), measures[measure]!);
  return { reach: totals.reach(), counts, markerTimes };
}

/** Names whose two counts differ, with both. */
export function differencesOf(
  sent: ReadonlyMap<string, number>,
  counted: ReadonlyMap<string, number>,
): string[] {
  const names = new Set([...sent.keys(), ...counted.keys()]);
  return [...names].flatMap((name) => {
    const [wanted = 0, found = 0] = [sent.get(name), counted.get(name)];
    return wanted === found ? [] : [`${name}: sent ${wanted}, counted ${found}`];
  });
}
