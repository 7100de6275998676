/**
 * Which impressions can still matter. A play that takes part was logged within the lateness bound, so once plays have
 * been read to some log time none comes with an earlier time than that less the bound (`settled`). Of the impressions
 * before it, plays can only find the latest of each title, row and page within the window, and the earliest of each title
 * and day within the discovery horizon.
 */
import { DAY_MS, type EpochMs } from '../time.ts';
import { compareTexts } from '../text-order.ts';
import { discoveryStart, type AnswerLimits } from './answers.ts';
import { countOf, idAt, keepSightings, placeAt, timeAt, titleAt, type Sightings } from './sightings.ts';

const REFERENCES = 0x1_0000;

/** What plays at or after `settled` may still be attributed to. */
export function tidy(sightings: Sightings, settled: EpochMs, limits: AnswerLimits): Sightings {
  const sourceFrom = settled - limits.windowMs;
  const discoveryFrom = discoveryStart(settled, limits);
  const newest = new Map<number, number>();
  const first = new Map<number, number>();
  const count = countOf(sightings);
  const keep = new Uint8Array(count);
  let kept = 0;
  const mark = (i: number): void => {
    if (keep[i] === 0) kept++;
    keep[i] = 1;
  };
  for (let i = 0; i < count; i++) {
    const time = timeAt(sightings, i);
    if (time > settled) mark(i);
    else {
      const title = titleAt(sightings, i);
      if (time >= sourceFrom) {
        const spot = title * REFERENCES + placeAt(sightings, i);
        const best = newest.get(spot);
        if (best === undefined || comesBefore(sightings, best, i)) newest.set(spot, i);
      }
      if (time >= discoveryFrom) {
        // Days of a horizon are far fewer than these.
        const day = title * REFERENCES + (Math.floor(time / DAY_MS) % REFERENCES);
        const best = first.get(day);
        if (best === undefined || comesBefore(sightings, i, best)) first.set(day, i);
      }
    }
  }
  newest.forEach(mark);
  first.forEach(mark);
  return kept === count ? sightings : keepSightings(sightings, keep);
}

/** By time, then by event id. */
function comesBefore(all: Sightings, i: number, other: number): boolean {
  const time = timeAt(all, i);
  const otherTime = timeAt(all, other);
  if (time !== otherTime) return time < otherTime;
  return compareTexts(idAt(all, i), idAt(all, other)) < 0;
}

/** Forgets the oldest until `count` are left. */
export function keepNewest(sightings: Sightings, count: number): Sightings {
  const inOrder = Array.from({ length: countOf(sightings) }, (_, i) => i);
  inOrder.sort((a, b) => (comesBefore(sightings, b, a) ? -1 : comesBefore(sightings, a, b) ? 1 : a - b));
  const keep = new Uint8Array(inOrder.length);
  for (const i of inOrder.slice(0, count)) keep[i] = 1;
  return keepSightings(sightings, keep);
}
