/**
 * What a log counts for by the definitions in domain/measures.ts, worked out the long way: record after record, with ids
 * compared as they are. Each topic generation is a log of its own, with a memory of its own.
 */
import type { Impression, PlayEvent } from '../../domain/events/event.ts';
import { CAP_COUNT, CAP_WINDOW_MS, QUALIFY_WINDOW_MS, type Measure } from '../../domain/measures.ts';
import { COUNTED_TOPICS, topicName } from '../../domain/topics.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import type { Config } from '../../infra/config.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { readTopic } from './kafka-log.ts';

export interface LoggedEvent {
  readonly appendTime: number;
  readonly event: PlayEvent | Impression;
}
export type Counts = Partial<Record<Measure, number>>;

const PROOFS: readonly string[] = ['play_stop', 'play_pause', 'play_resume', 'play_skip'];
const PROVEN_SECONDS = 120;

/** One after the other, by title. */
export function definedCounts(logged: readonly LoggedEvent[]): Map<string, Counts> {
  const counts = new Map<string, Counts>();
  const used = new Map<string, number>();
  const provenAt = new Map<string, number>();
  for (const { appendTime, event } of logged) {
    const { profileId, titleId } = event;
    const of = counts.get(titleId) ?? {};
    counts.set(titleId, of);
    const count = (raw: Measure, capped: Measure, by: number): void => {
      of[raw] = (of[raw] ?? 0) + by;
      const cap = [raw, profileId, titleId, Math.floor(appendTime / CAP_WINDOW_MS)].join(' ');
      used.set(cap, (used.get(cap) ?? 0) + 1);
      of[capped] = (of[capped] ?? 0) + (used.get(cap)! <= CAP_COUNT ? by : 0);
    };
    if (event.kind === 'impression') count('impressions', 'cappedImpressions', 1);
    if (event.kind === 'play_start') count('plays', 'cappedPlays', 1);
    const { playId, viewedSeconds = 0 } = event as { playId?: string; viewedSeconds?: number };
    if (event.kind === 'play_stop') count('secondsViewed', 'cappedSecondsViewed', Math.floor(viewedSeconds));
    if (!PROOFS.includes(event.kind) || playId === undefined || viewedSeconds < PROVEN_SECONDS) continue;
    const play = `${profileId} ${playId}`;
    if (appendTime - (provenAt.get(play) ?? -Infinity) > QUALIFY_WINDOW_MS)
      count('qualifiedPlays', 'cappedQualifiedPlays', 1);
    provenAt.set(play, appendTime);
  }
  return counts;
}

/** The counted topics of a generation as they are now; a profile's records are in order, those sent again left out. */
export async function readCountedLog(kafka: KafkaClient, config: Config): Promise<LoggedEvent[]> {
  const codec = createCleanCodec();
  const { region, generation } = config;
  const logged: LoggedEvent[] = [];
  for (const topic of COUNTED_TOPICS)
    for (const records of (await readTopic(kafka, topicName(region, generation, topic))).values()) {
      let highest = -1;
      for (const { value } of records) {
        const { rawOffset, appendTime, event } = codec.decodeClean(topic, value!);
        if (rawOffset > highest) logged.push({ appendTime, event: event as LoggedEvent['event'] });
        highest = Math.max(highest, rawOffset);
      }
    }
  return logged;
}

/** The sum of what several logs count for. */
export function addedUp(all: readonly ReadonlyMap<string, Counts>[]): Map<string, Counts> {
  const sums = new Map<string, Counts>();
  for (const [title, counts] of all.flatMap((one) => [...one])) {
    const sum = sums.get(title) ?? {};
    sums.set(title, sum);
    for (const [measure, value] of Object.entries(counts) as [Measure, number][])
      sum[measure] = (sum[measure] ?? 0) + value;
  }
  return sums;
}
