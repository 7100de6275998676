/** What a count says about the share behind it. */

/** Both in [0, 1]. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson's score interval for `present` of `events` (E. B. Wilson, 1927, "Probable inference, the law of succession, and
 * statistical inference", JASA 22): the shares p that the score test |p̂ − p| ≤ z √(p(1−p)/n) does not refuse. Unlike the
 * normal interval it holds near 0 and 1 and for few events. No event says nothing: [0, 1].
 */
export function wilsonInterval(present: number, events: number, z: number): Interval {
  if (events <= 0) return { low: 0, high: 1 };
  const share = present / events;
  const square = (z * z) / events;
  const centre = share + square / 2;
  const spread = z * Math.sqrt((share * (1 - share)) / events + square / (4 * events));
  const low = (centre - spread) / (1 + square);
  const high = (centre + spread) / (1 + square);
  // At the ends the sums above miss 0 and 1 by rounding alone.
  return { low: present <= 0 ? 0 : Math.max(0, low), high: present >= events ? 1 : Math.min(1, high) };
}

export interface Sample {
  readonly present: number;
  readonly events: number;
}

/**
 * Interval of the difference share(a) − share(b), in [−1, 1], from both Wilson intervals (R. G. Newcombe, 1998, "Interval
 * estimation for the difference between independent proportions", Statistics in Medicine 17, method 10).
 */
export function differenceInterval(a: Sample, b: Sample, z: number): Interval {
  const ofA = wilsonInterval(a.present, a.events, z);
  const ofB = wilsonInterval(b.present, b.events, z);
  const shareA = a.events > 0 ? a.present / a.events : 0.5;
  const shareB = b.events > 0 ? b.present / b.events : 0.5;
  const below = Math.hypot(shareA - ofA.low, ofB.high - shareB);
  const above = Math.hypot(ofA.high - shareA, shareB - ofB.low);
  return { low: Math.max(-1, shareA - shareB - below), high: Math.min(1, shareA - shareB + above) };
}
