/** What bounds the audit's state, and from when on something is called wrong. Times in milliseconds of log time. */
export interface AuditLimits {
  /** Length of a window of append time; windows begin at its multiples. */
  readonly windowMs: number;
  /** Windows kept after their end, for what comes late and for judging. At least `judgedMs` long. */
  readonly keptWindows: number;
  /** Verdicts look at so much of the newest log. */
  readonly judgedMs: number;
  /** By how much the clocks of broker and audit may differ. */
  readonly settleMs: number;
  /** Most producers told apart; the others are counted together. */
  readonly maxProducers: number;
  /** Most pairs of row and country told apart in one window. */
  readonly maxRows: number;
  /** Plays whose first attribution is remembered, so that a later answer is not a second play. */
  readonly maxPlays: number;
  /** Refused records of a producer are named from this share of its records on … */
  readonly refusedShare: number;
  /** … and from so many records on. */
  readonly leastRecords: number;
  /** Share of identifiers that name nothing known, or of times in the future, from which on they are named. */
  readonly faultyShare: number;
  /** Share of sequence numbers lost or repeated from which on a producer is named. */
  readonly sequenceShare: number;
  /** A sequence number that is missing for so long, while later ones have come, is lost. */
  readonly sequenceGraceMs: number;
  /** Over how much of the log attributes are counted before they are judged anew. */
  readonly driftMs: number;
  readonly absence: AbsenceLimits;
}

export interface AbsenceLimits {
  /** Nothing shorter is called silence. */
  readonly leastSilenceMs: number;
  /** A silence is named when it was to be expected less often than this. */
  readonly probability: number;
  /** Traffic whose hours are not yet learned may fall by a factor of e in this time without being missed. */
  readonly declineMs: number;
  /** A silence is named only when it is so many times as long as the longest that was normal. */
  readonly gapFactor: number;
  /** A rate is trusted from so many independent arrivals on. */
  readonly leastArrivals: number;
  /** A producer that has been silent for so long is forgotten. */
  readonly forgetMs: number;
}

export const NO_PRODUCER = '(none)';
export const OTHER_PRODUCERS = '(others)';
