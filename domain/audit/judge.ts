/**
 * What is wrong now, by producer: verdicts over the newest stretch of the log, open windows included, so that a fault is
 * named within seconds of its first records. A finding names exactly one thing.
 */
import type { EpochMs } from '../time.ts';
import { silenceOf } from './absence.ts';
import { NO_PRODUCER, type AuditLimits } from './limits.ts';
import type { AuditState } from './state.ts';
import type { WindowTally } from './window.ts';

export interface Finding {
  /** `(all)` where it is not about one. */
  readonly producer: string;
  /** E.g. `missing:titleId`, `silent`, `sequence-gap`. */
  readonly what: string;
  /** Share of its records that are wrong; seconds for a silence. */
  readonly value: number;
  /** Records that were judged. */
  readonly weight: number;
  /** In words, for people. */
  readonly detail: string;
}

const ALL_PRODUCERS = '(all)';

interface Sums {
  records: number;
  letters: number;
  /** By `code/field`, with the versions that sent them. */
  readonly reasons: Map<string, { records: number; readonly versions: Set<string> }>;
  enriched: number;
  unknownTitles: number;
  unknownPages: number;
  future: number;
  old: number;
  lost: number;
  repeated: number;
}

/** What is wrong at `horizon`, up to which the log is known. Marks the silences it names. */
export function findingsAt(state: AuditState, horizon: EpochMs, limits: AuditLimits): Finding[] {
  const sums = sumsSince(state, horizon - limits.judgedMs);
  let everyone = 0;
  for (const { records, letters } of sums.values()) everyone += records + letters;
  return [
    ...silences(state, horizon, limits),
    ...Array.from(sums, ([producer, sum]) => [
      // What does not say who sent it is held against all that came: it may be anyone's.
      ...refusals(producer, sum, producer === NO_PRODUCER ? everyone : sum.records + sum.letters, limits),
      ...faultyShares(producer, sum, limits),
      ...sequenceFaults(producer, sum, limits),
    ]).flat(),
  ];
}

function sumsSince({ windows }: AuditState, since: EpochMs): Map<string, Sums> {
  const sums = new Map<string, Sums>();
  for (const window of windows.values()) if (window.start >= since) addWindow(sums, window);
  return sums;
}

function sumOf(sums: Map<string, Sums>, producer: string): Sums {
  let sum = sums.get(producer);
  if (sum === undefined) {
    sum = {
      records: 0,
      letters: 0,
      reasons: new Map(),
      enriched: 0,
      unknownTitles: 0,
      unknownPages: 0,
      future: 0,
      old: 0,
      lost: 0,
      repeated: 0,
    };
    sums.set(producer, sum);
  }
  return sum;
}

function addWindow(sums: Map<string, Sums>, { producers, letters, sequences }: WindowTally): void {
  for (const tallies of producers.values()) {
    for (const [producer, tally] of tallies) {
      const sum = sumOf(sums, producer);
      sum.records += tally.records;
      sum.enriched += tally.enriched;
      sum.unknownTitles += tally.unknownTitles;
      sum.unknownPages += tally.unknownPages;
      sum.future += tally.future;
      sum.old += tally.old;
    }
  }
  for (const [producer, { lost, repeated }] of sequences) {
    const sum = sumOf(sums, producer);
    sum.lost += lost;
    sum.repeated += repeated;
  }
  for (const [producer, tally] of letters) {
    const sum = sumOf(sums, producer);
    sum.letters += tally.records;
    for (const [key, { records, versions }] of tally.reasons) {
      const known = sum.reasons.get(key) ?? { records: 0, versions: new Set<string>() };
      sum.reasons.set(key, known);
      known.records += records;
      for (const version of versions.keys()) known.versions.add(version);
    }
  }
}

/** What a dead letter's reason is called in a finding. */
function refusalName(code: string, field: string): string {
  if (code === 'EVENT_FIELD_MISSING') return `missing:${field}`;
  if (code === 'EVENT_FIELD_INVALID') return `invalid:${field}`;
  return `refused:${code}`;
}

function refusals(producer: string, sum: Sums, all: number, limits: AuditLimits): Finding[] {
  return Array.from(sum.reasons, ([key, { records, versions }]): Finding | undefined => {
    if (records < limits.leastRecords || records < limits.refusedShare * all) return undefined;
    const slash = key.indexOf('/');
    const from = versions.size === 0 ? '' : ` of version ${[...versions].sort().join(', ')}`;
    const what = refusalName(key.slice(0, slash), key.slice(slash + 1));
    const detail = `${records} of ${all} records${from} were refused: ${what}`;
    return { producer, what, value: records / all, weight: all, detail };
  }).filter((finding) => finding !== undefined);
}

function faultyShares(producer: string, sum: Sums, limits: AuditLimits): Finding[] {
  const faults = [
    ['unknown-title', sum.unknownTitles, sum.enriched, 'name no title of the catalogue'],
    ['unknown-page', sum.unknownPages, sum.records, 'name no known page'],
    ['clock-ahead', sum.future, sum.records, 'are from the future'],
    ['old-events', sum.old, sum.records, 'are too old for any window'],
  ] as const;
  return faults.flatMap(([what, faulty, of, words]): Finding[] => {
    if (faulty < limits.leastRecords || faulty < limits.faultyShare * of) return [];
    return [
      { producer, what, value: faulty / of, weight: of, detail: `${faulty} of ${of} records ${words}` },
    ];
  });
}

function sequenceFaults(producer: string, sum: Sums, { sequenceShare }: AuditLimits): Finding[] {
  const all = sum.records + sum.letters;
  const found = [
    ['sequence-gap', sum.lost, 'were lost before the log'],
    ['sequence-repeat', sum.repeated, 'came again under another event id'],
  ] as const;
  return found.flatMap(([what, count, words]): Finding[] => {
    if (count === 0 || count < sequenceShare * (all + count)) return [];
    const detail = `${count} sequence numbers ${words}`;
    return [{ producer, what, value: count / (all + count), weight: all, detail }];
  });
}

/**
 * Producers that fell silent. Where all that speak fell silent at once the fault is in what they share, and it is said
 * once, of no one in particular.
 */
function silences(state: AuditState, horizon: EpochMs, { absence }: AuditLimits): Finding[] {
  const heard = heardInOpen(state);
  const silent = new Map<string, number>();
  let speaking = 0;
  for (const [producer, pulse] of state.pulses) {
    const silentMs = horizon - pulse.lastSeen;
    if (heard.has(producer) || silentMs < absence.leastSilenceMs) {
      speaking++;
      continue;
    }
    // Once named, a silence lasts until the producer is heard again.
    pulse.named ||= silenceOf(pulse, horizon, absence) !== undefined;
    if (pulse.named) silent.set(producer, silentMs);
  }
  const lengths = [...silent.values()];
  const seconds = Math.round(Math.min(...lengths) / 1000);
  const together = Math.max(...lengths) - Math.min(...lengths) <= absence.leastSilenceMs;
  if (silent.size > 1 && speaking === 0 && together) {
    const detail = `nothing from any of ${silent.size} producers for ${seconds} s: look at ingest`;
    return [{ producer: ALL_PRODUCERS, what: 'silent', value: seconds, weight: silent.size, detail }];
  }
  return Array.from(silent, ([producer, silentMs]): Finding => {
    const value = Math.round(silentMs / 1000);
    return { producer, what: 'silent', value, weight: 0, detail: `nothing for ${value} s` };
  });
}

/** Producers of windows that are not closed yet, which their pulses have not taken. */
function heardInOpen({ windows, closedTo }: AuditState): ReadonlySet<string> {
  const heard = new Set<string>();
  for (const window of windows.values()) {
    if (window.start < closedTo) continue;
    for (const producers of window.producers.values()) for (const name of producers.keys()) heard.add(name);
    for (const name of window.letters.keys()) heard.add(name);
  }
  return heard;
}
