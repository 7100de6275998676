/**
 * Parts of the interactions to learn from and to be asked about. Both keep the numbers of profiles and titles. An entry is
 * newer by its time, on a tie by its column, as interactions say.
 */
import type { Random } from '../../domain/random.ts';
import type { EvaluationSplit } from '../../domain/training.ts';
import type { Interactions } from '../models/model.ts';

export interface Split {
  /** As reports name it. */
  readonly name: EvaluationSplit;
  readonly train: Interactions;
  /** Profiles that are asked about, by row, rising; each has entries in `train`. */
  readonly rows: Uint32Array;
  /** Row `rows[i]` goes on to watch `heldOut[starts[i]]` until before `heldOut[starts[i + 1]]`: columns, rising. */
  readonly starts: Uint32Array;
  readonly heldOut: Uint32Array;
}

/** Holds out the newest entry of each profile that has at least two. */
export function leaveLastOut(interactions: Interactions): Split {
  const isHeldOut = new Uint8Array(interactions.columns.length);
  eachRow(interactions, (from, to) => {
    if (to - from > 1) isHeldOut[newestOf(interactions, from, to)] = 1;
  });
  return split('leave-last-out', interactions, isHeldOut);
}

/** Leaves out the newest `count` entries of each profile, but never its last one. */
export function withoutNewest(interactions: Interactions, count: number): Interactions {
  let left = interactions;
  for (let i = 0; i < count; i++) left = leaveLastOut(left).train;
  return left;
}

/** Holds out what was watched at `cutMs` or later, of profiles that watched something before. */
export function timeSplit(interactions: Interactions, cutMs: number): Split {
  const isHeldOut = interactions.times.map((time) => (time >= cutMs ? 1 : 0));
  return split('time', interactions, Uint8Array.from(isHeldOut));
}

/** The time before which `share` of all entries lie, for a split by time. */
export function timeAtShare({ times }: Interactions, share: number): number {
  const rising = times.toSorted();
  return rising[Math.min(rising.length - 1, Math.floor(share * rising.length))] ?? 0;
}

/** At most `most` of the profiles that are asked about, drawn without replacement. */
export function sampleRows(split: Split, most: number, random: Random): Split {
  const { rows, starts, heldOut } = split;
  if (rows.length <= most) return split;
  const order = Uint32Array.from(rows, (_, index) => index);
  for (let i = 0; i < most; i++) {
    const other = i + random.below(order.length - i);
    [order[i], order[other]] = [order[other]!, order[i]!];
  }
  const drawn = order.slice(0, most).sort();
  const asked = Array.from(drawn, (index) => heldOut.subarray(starts[index], starts[index + 1]));
  const ends = Uint32Array.from({ length: most + 1 });
  asked.forEach(({ length }, i) => (ends[i + 1] = ends[i]! + length));
  return {
    ...split,
    rows: drawn.map((index) => rows[index]!),
    starts: ends,
    heldOut: Uint32Array.from(asked.flatMap((columns) => [...columns])),
  };
}

function newestOf({ times }: Interactions, from: number, to: number): number {
  let newest = from;
  for (let entry = from + 1; entry < to; entry++) if (times[entry]! >= times[newest]!) newest = entry;
  return newest;
}

function split(name: EvaluationSplit, interactions: Interactions, isHeldOut: Uint8Array): Split {
  const rows: number[] = [];
  const starts: number[] = [0];
  const heldOut: number[] = [];
  eachRow(interactions, (from, to, row) => {
    const asked = columnsWhere(interactions, isHeldOut, 1, from, to);
    if (asked.length === 0 || asked.length === to - from) return;
    rows.push(row);
    heldOut.push(...asked);
    starts.push(heldOut.length);
  });
  return {
    name,
    train: keep(interactions, isHeldOut),
    rows: Uint32Array.from(rows),
    starts: Uint32Array.from(starts),
    heldOut: Uint32Array.from(heldOut),
  };
}

function columnsWhere(
  { columns }: Interactions,
  isHeldOut: Uint8Array,
  value: number,
  from: number,
  to: number,
): number[] {
  const found: number[] = [];
  for (let entry = from; entry < to; entry++) if (isHeldOut[entry] === value) found.push(columns[entry]!);
  return found;
}

/** The entries that are not held out. */
function keep(interactions: Interactions, isHeldOut: Uint8Array): Interactions {
  const kept = (_: number, entry: number): boolean => isHeldOut[entry] === 0;
  const rowStarts = new Uint32Array(interactions.rowStarts.length);
  eachRow(interactions, (from, to, row) => {
    let count = 0;
    for (let entry = from; entry < to; entry++) if (isHeldOut[entry] === 0) count += 1;
    rowStarts[row + 1] = rowStarts[row]! + count;
  });
  return {
    profiles: interactions.profiles,
    titles: interactions.titles,
    rowStarts,
    columns: interactions.columns.filter(kept),
    weights: interactions.weights.filter(kept),
    times: interactions.times.filter(kept),
  };
}

function eachRow({ rowStarts }: Interactions, visit: (from: number, to: number, row: number) => void): void {
  for (let row = 0; row + 1 < rowStarts.length; row++) visit(rowStarts[row]!, rowStarts[row + 1]!, row);
}
