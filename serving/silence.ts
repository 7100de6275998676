/**
 * Which partitions of the speed lane are silent: their log holds records past the watermark, and for too long no marker
 * has moved it. How long is measured by this process, from when it first saw that a marker stood still behind the end.
 */
import type { Offset } from '../domain/blocks.ts';
import type { Watermarks } from '../domain/speed-totals.ts';
import type { EpochMs } from '../domain/time.ts';
import { COUNTED_TOPICS, type CountedTopic } from '../domain/topics.ts';
import type { LogEnds } from './log-end.ts';

export interface SilentLane {
  readonly topic: CountedTopic;
  readonly partition: number;
}

export interface Progress {
  readonly ends: LogEnds;
  readonly watermark: Watermarks;
  readonly cut: Watermarks;
}

export interface Silence {
  /** Takes note of how things stand; the lanes that are silent by now, ascending. Called at least every second or two. */
  observe(progress: Progress): readonly SilentLane[];
}

interface LaneState {
  /** The newest marker seen past a cut. */
  readonly marker: Offset | undefined;
  /** Since when that marker stands still behind the log's end; undefined where it does not. */
  readonly since: EpochMs | undefined;
}

const UNSEEN: LaneState = { marker: undefined, since: undefined };

export function createSilence(options: { readonly silentMs: number; readonly now: () => EpochMs }): Silence {
  const { silentMs, now } = options;
  const lanes = new Map<string, LaneState>();
  return {
    observe({ ends, watermark, cut }) {
      const at = now();
      const silent: SilentLane[] = [];
      for (const topic of COUNTED_TOPICS) {
        ends[topic]?.ends.forEach((end, partition) => {
          const key = `${topic}/${partition}`;
          const upTo = watermark[topic][partition] ?? 0;
          const before = lanes.get(key) ?? UNSEEN;
          // A watermark that a newer view's cut has moved says nothing about the speed lane.
          const marker = upTo > (cut[topic][partition] ?? 0) ? upTo : before.marker;
          const isStill = marker === before.marker && end > upTo;
          const since = isStill ? (before.since ?? at) : end > upTo ? at : undefined;
          lanes.set(key, { marker, since });
          if (since !== undefined && at - since > silentMs) silent.push({ topic, partition });
        });
      }
      return silent;
    },
  };
}
