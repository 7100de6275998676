/**
 * What one window of append time held, as plain data that can be stored: counts that add up over partitions, and
 * sketches that merge. Every table in it is bounded by the limits.
 */
import type { EpochMs } from '../time.ts';
import { CLEAN_TOPICS, type CleanTopic } from '../topics.ts';
import type { DistinctSketch } from './distinct.ts';
import type { TimeHistogram } from './quantiles.ts';

/** Events of one producer on one clean topic. */
export interface ProducerTally {
  records: number;
  first: EpochMs;
  last: EpochMs;
  /** By kind, in the order of EVENT_KINDS. */
  readonly kinds: Uint32Array;
  /** How many had each of OPTIONAL_FIELDS. */
  readonly present: Uint32Array;
  readonly distinct: readonly DistinctSketch[];
  /** Append time minus event time. */
  readonly skew: TimeHistogram;
  future: number;
  old: number;
  enriched: number;
  corrected: number;
  unavailable: number;
  unknownTitles: number;
  unknownPages: number;
}

/** Refused records of one producer, for one reason. */
export interface LetterTally {
  readonly code: string;
  /** Empty where the reason names none. */
  readonly field: string;
  records: number;
  readonly versions: Map<string, number>;
}

export interface LettersTally {
  records: number;
  first: EpochMs;
  last: EpochMs;
  /** By code and field. */
  readonly reasons: Map<string, LetterTally>;
}

/** Impressions of a row; its plays are those of `plays` that came from there. */
export interface RowTally {
  impressions: number;
}

/** What is known of where a play came from; empty texts for what is not. */
export interface PlayTally {
  readonly version: number;
  readonly source: string;
  readonly row: string;
  readonly country: string;
  readonly discoveryRow: string;
}

/** Sequence numbers of a producer that were found lost or repeated while the window was the newest closed one. */
export interface SequenceTally {
  lost: number;
  repeated: number;
}

export interface WindowTally {
  readonly start: EpochMs;
  /** Records of any kind; the version of what is told about the window. */
  total: number;
  readonly producers: ReadonlyMap<CleanTopic, Map<string, ProducerTally>>;
  readonly letters: Map<string, LettersTally>;
  /** Records by `topic/partition`. */
  readonly partitions: Map<string, number>;
  /** By `row\ncountry`. */
  readonly rows: Map<string, RowTally>;
  /** Plays whose first attribution came in the window, by upsert key, with their newest answer. */
  readonly plays: Map<string, PlayTally>;
  readonly sequences: Map<string, SequenceTally>;
}

export const createWindow = (start: EpochMs): WindowTally => ({
  start,
  total: 0,
  producers: new Map(CLEAN_TOPICS.map((topic) => [topic, new Map<string, ProducerTally>()])),
  letters: new Map(),
  partitions: new Map(),
  rows: new Map(),
  plays: new Map(),
  sequences: new Map(),
});
