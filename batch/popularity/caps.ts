/** Which events stand beyond a cap: of those with one cap's key, what comes after the first few of the log. */
import type { Events } from './logged-events.ts';
import { createScratch, type Scratch } from './scratch.ts';

/** Events, any number of caps among them. */
export type CappedEvents = Pick<Events, 'size' | 'caps' | 'what' | 'offset' | 'ends'>;

/** Words of a slot: the key's halves, of what the cap is and 1, and how many events it has. */
const SLOT_WORDS = 4;

/** 1 for each event beyond the first `count` of its cap; in the scratch. */
export function beyondCaps(
  events: CappedEvents,
  count: number,
  scratch: Scratch = createScratch(),
): Int8Array {
  const { size, ends } = events;
  const beyond = scratch.int8('beyond', size).fill(0);
  let longest = 0;
  for (let s = 0; s < ends.length; s++) longest = Math.max(longest, ends[s]! - (ends[s - 1] ?? 0));
  const slots = scratch.uint32('slots', slotsFor(longest) * SLOT_WORDS);
  const slotOf = scratch.uint32('slot of', longest);
  for (let s = 0; s < ends.length; s++)
    beyondIn(events, { from: ends[s - 1] ?? 0, to: ends[s]!, slots, slotOf }, count, beyond);
  return beyond;
}

const slotsFor = (size: number): number => 1 << Math.max(4, 33 - Math.clz32(size));

/** A stretch of events whose caps no other has, and room for them. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly slots: Uint32Array;
  readonly slotOf: Uint32Array;
}

/** Open addressing: a few thousand caps at a time stay where memory is near. */
function beyondIn(
  { caps, what, offset }: CappedEvents,
  { from, to, slots, slotOf }: Stretch,
  count: number,
  beyond: Int8Array,
): void {
  const mask = slotsFor(to - from) - 1;
  slots.fill(0, 0, (mask + 1) * SLOT_WORDS);
  let isCrowded = false;
  for (let i = from; i < to; i++) {
    const low = caps[2 * i]!;
    const high = caps[2 * i + 1]!;
    const kind = what[i]! + 1;
    let slot = ((low ^ Math.imul(kind, 0x9e3779b1)) & mask) * SLOT_WORDS;
    while (
      slots[slot + 2] !== 0 &&
      (slots[slot] !== low || slots[slot + 1] !== high || slots[slot + 2] !== kind)
    )
      slot = (slot + SLOT_WORDS) & ((mask + 1) * SLOT_WORDS - 1);
    if (slots[slot + 2] === 0) {
      slots[slot] = low;
      slots[slot + 1] = high;
      slots[slot + 2] = kind;
    }
    if (++slots[slot + 3]! > count) isCrowded = true;
    slotOf[i - from] = slot;
  }
  if (!isCrowded) return;
  const crowded: number[] = [];
  for (let i = from; i < to; i++) if (slots[slotOf[i - from]! + 3]! > count) crowded.push(i);
  crowded.sort((a, b) => slotOf[a - from]! - slotOf[b - from]! || offset[a]! - offset[b]!);
  let place = 0;
  for (const [at, event] of crowded.entries()) {
    place = at > 0 && slotOf[crowded[at - 1]! - from] === slotOf[event - from] ? place + 1 : 0;
    if (place >= count) beyond[event] = 1;
  }
}
