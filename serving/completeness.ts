/** Why an answer is not called complete, in words. */
import type { Generation } from '../domain/ids.ts';
import type { Hole } from '../domain/speed-totals.ts';
import { COUNTED_TOPICS, type CountedTopic } from '../domain/topics.ts';
import type { KnownEnd, LogEnds } from './log-end.ts';
import type { SilentLane } from './silence.ts';

/** Of the view's generation unless a later one is named. */
export type MissingBlock = Hole & { readonly generation?: Generation };
export type SilentPartition = SilentLane & { readonly generation?: Generation };

/** How many lanes a reason names. */
const MOST_NAMED = 3;

/** Null where nothing is missing. `ends` are those of every generation that is counted. */
export function whyIncomplete(
  holes: readonly MissingBlock[],
  silent: readonly SilentPartition[],
  ends: readonly LogEnds[],
  silentMs: number,
): string | null {
  const reasons: string[] = [];
  if (holes.length > 0) reasons.push(`${holes.length} blocks of the speed view are missing`);
  if (silent.length > 0) {
    const named = silent.slice(0, MOST_NAMED).map(nameOf);
    const more = silent.length > MOST_NAMED ? ` and ${silent.length - MOST_NAMED} more` : '';
    reasons.push(`speed lane is silent (${named.join(', ')}${more})`);
  }
  for (const topic of COUNTED_TOPICS) {
    const reason = whyUnheard(
      topic,
      ends.map((one) => one[topic]),
      silentMs,
    );
    if (reason !== undefined) reasons.push(reason);
  }
  return reasons.length === 0 ? null : reasons.join('; ');
}

function whyUnheard(
  topic: CountedTopic,
  ends: readonly (KnownEnd | null)[],
  silentMs: number,
): string | undefined {
  if (ends.includes(null)) return `the end of ${topic} is not known yet`;
  const ageMs = Math.max(...ends.map((end) => end?.ageMs ?? 0));
  return ageMs > silentMs ? `the end of ${topic} was not heard for ${Math.floor(ageMs / 1000)} s` : undefined;
}

const nameOf = ({ topic, partition, generation }: SilentPartition): string =>
  generation === undefined ? `${topic}/${partition}` : `${topic}/${partition} of ${generation}`;
