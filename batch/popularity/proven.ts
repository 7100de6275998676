/** Which events prove a play: the first that does, and each that comes more than a window after the one before. */

export interface Proofs {
  readonly isProof: Int8Array;
  /** 64 bits an event, two words each, which proofs of one play have in common. */
  readonly plays: Uint32Array;
  /** By which the proofs of one play are in order. */
  readonly offset: Float64Array;
  readonly appendMs: Float64Array;
}

/**
 * The rows that prove, ascending, whatever the order of the rows themselves: they lie as the log was read. Most plays have all their proofs within one window: then the first of them proves,
 * and none need be put in order.
 */
export function provenRows({ isProof, plays, offset, appendMs }: Proofs, windowMs: number): Uint32Array {
  const proofs = rowsOf(isProof);
  const slots = 1 << Math.max(4, 33 - Math.clz32(proofs.length));
  /** Row of a play's first proof, and 1. */
  const firsts = new Int32Array(slots);
  const earliest = new Float64Array(slots);
  const latest = new Float64Array(slots);
  const slotOf = new Int32Array(proofs.length);
  for (let at = 0; at < proofs.length; at++) {
    const row = proofs[at]!;
    const low = plays[2 * row]!;
    const high = plays[2 * row + 1]!;
    const time = appendMs[row]!;
    let slot = low & (slots - 1);
    for (;;) {
      const first = firsts[slot]! - 1;
      if (first < 0) {
        firsts[slot] = row + 1;
        earliest[slot] = latest[slot] = time;
        break;
      }
      if (plays[2 * first] === low && plays[2 * first + 1] === high) {
        if (offset[row]! < offset[first]!) firsts[slot] = row + 1;
        if (time < earliest[slot]!) earliest[slot] = time;
        if (time > latest[slot]!) latest[slot] = time;
        break;
      }
      slot = (slot + 1) & (slots - 1);
    }
    slotOf[at] = slot;
  }
  const isLong = (slot: number): boolean => latest[slot]! - earliest[slot]! > windowMs;
  const isProven = new Int8Array(isProof.length);
  for (let slot = 0; slot < slots; slot++)
    if (firsts[slot] !== 0 && !isLong(slot)) isProven[firsts[slot]! - 1] = 1;
  const long: { row: number; slot: number }[] = [];
  for (const [at, row] of proofs.entries()) if (isLong(slotOf[at]!)) long.push({ row, slot: slotOf[at]! });
  long.sort((a, b) => a.slot - b.slot || offset[a.row]! - offset[b.row]!);
  for (const [at, { row, slot }] of long.entries()) {
    const before = long[at - 1];
    if (before?.slot !== slot || appendMs[row]! - appendMs[before.row]! > windowMs) isProven[row] = 1;
  }
  return rowsOf(isProven);
}

/** Where a flag is set. */
export function rowsOf(flags: Int8Array): Uint32Array {
  const rows = new Uint32Array(flags.length);
  let count = 0;
  for (let row = 0; row < flags.length; row++) if (flags[row] === 1) rows[count++] = row;
  return rows.subarray(0, count);
}
