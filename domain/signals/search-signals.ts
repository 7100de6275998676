/** Queries that are repeated within the hour. The same shape as the signals of plays, over `searches`. */
import type { CleanRecord, Search } from '../events/event.ts';
import type { KeyedFold, KeyedStep } from '../keyed-fold.ts';
import { HOUR_MS, type EpochMs } from '../time.ts';
import { idOf, isTimely, upsertsBetween, type Signal } from './signal.ts';

export interface SearchSignalLimits {
  /** Events that come later than this after they happened change no signal. */
  readonly latenessMs: number;
  /** Searches kept per profile; past it the oldest counts as sealed. */
  readonly searches: number;
}

interface Searched {
  readonly at: EpochMs;
  readonly query: string;
}

export interface SearchSignalState {
  /** In order of time, then of query. */
  searches: Searched[];
  standing: Signal[];
  /** Log time from which something can be forgotten. */
  sealsAt: EpochMs;
}

/** Longest gap between two searches of one run. */
const WITHIN_MS = HOUR_MS;
const MOST_CHARACTERS = 256;
/** Cuts between characters, not inside a surrogate pair. */
const CUT = /^.{0,256}/su;
/** ASCII stands for itself in NFKC. */
const PLAIN = /^[\x00-\x7f]*$/;
const NEVER = Number.MAX_SAFE_INTEGER;

/** What makes two queries the same: Unicode NFKC, lower case, white space folded and cut off the ends. */
export function normalisedQuery(query: string): string {
  const lower = PLAIN.test(query)
    ? query.toLowerCase()
    : query.toWellFormed().normalize('NFKC').toLowerCase().normalize('NFKC');
  const folded = lower.replace(/\s+/g, ' ').trim();
  return folded.length <= MOST_CHARACTERS ? folded : CUT.exec(folded)![0].trim();
}

/** Its name and version, for those who read what it stored. */
export const SEARCH_SIGNALS = { name: 'search-signals', version: 1 } as const;

export function createSearchSignals(
  limits: SearchSignalLimits,
): KeyedFold<SearchSignalState, 'user-behavior-features'> {
  return {
    ...SEARCH_SIGNALS,
    topics: ['searches'],
    output: 'user-behavior-features',
    reads: ['eventTime', 'profileId', 'query'],
    keyOf: ({ event }) => event.profileId,
    step: (state, { record }) => stepSearches(limits, state, record as CleanRecord<Search>),
    wake(_key, state, logTime) {
      forgetSealed(state, logTime, limits);
      return settled(state, []);
    },
  };
}

type Step = KeyedStep<SearchSignalState, 'user-behavior-features'>;

function stepSearches(
  limits: SearchSignalLimits,
  before: SearchSignalState | undefined,
  record: CleanRecord<Search>,
): Step {
  const query = normalisedQuery(record.event.query);
  if (query === '' || !isTimely(record, limits.latenessMs)) return settled(before, []);
  const state = before ?? { searches: [], standing: [], sealsAt: NEVER };
  if (record.appendTime >= state.sealsAt) forgetSealed(state, record.appendTime, limits);
  insert(state.searches, { at: record.event.eventTime, query });
  if (state.searches.length > limits.searches) forgetOldest(state, record.appendTime, limits);
  const runs = runsOf(state.searches);
  const signals: Signal[] = [];
  for (const run of runs) if (run.length > 1) signals.push(repeated(run));
  const outputs = upsertsBetween(state.standing, signals, record);
  state.standing = signals;
  state.sealsAt = sealTime(runs, limits);
  return settled(state, outputs);
}

function settled(state: SearchSignalState | undefined, outputs: Step['outputs']): Step {
  if (state === undefined) return { state, outputs };
  if (state.searches.length === 0) return { state: undefined, outputs };
  return { state, outputs, wakeAt: state.sealsAt };
}

function insert(searches: Searched[], search: Searched): void {
  let at = searches.length;
  while (at > 0 && isAfter(searches[at - 1]!, search)) at -= 1;
  searches.splice(at, 0, search);
}

const isAfter = (a: Searched, b: Searched): boolean => a.at > b.at || (a.at === b.at && a.query > b.query);

/** Searches of one query with no more than the hour between one and the next. */
function runsOf(searches: readonly Searched[]): Searched[][] {
  if (searches.length === 1) return [[searches[0]!]];
  const runs: Searched[][] = [];
  const newest = new Map<string, Searched[]>();
  for (const search of searches) {
    const run = newest.get(search.query);
    if (run !== undefined && search.at - run[run.length - 1]!.at <= WITHIN_MS) run.push(search);
    else {
      const opened = [search];
      runs.push(opened);
      newest.set(search.query, opened);
    }
  }
  return runs;
}

function repeated(run: readonly Searched[]): Signal {
  const [first, second] = [run[0]!, run[1]!];
  return {
    name: 'repeated-search',
    subject: first.query,
    occurrence: `${first.query}@${first.at}`,
    eventTime: second.at,
    value: run.length,
    detail: JSON.stringify({ firstAt: first.at, lastAt: run[run.length - 1]!.at }),
  };
}

const closesAt = (run: readonly Searched[]): EpochMs => run[run.length - 1]!.at + WITHIN_MS;

const sealTime = (runs: readonly Searched[][], { latenessMs }: SearchSignalLimits): EpochMs =>
  runs.reduce((first, run) => Math.min(first, closesAt(run) + latenessMs + 1), NEVER);

function forgetSealed(state: SearchSignalState, logTime: EpochMs, limits: SearchSignalLimits): void {
  const sealed = logTime - limits.latenessMs;
  const open = runsOf(state.searches).filter((run) => closesAt(run) >= sealed);
  keep(state, new Set(open.flat()), limits);
}

function forgetOldest(state: SearchSignalState, logTime: EpochMs, limits: SearchSignalLimits): void {
  forgetSealed(state, logTime, limits);
  keep(state, new Set(state.searches.slice(-limits.searches)), limits);
}

function keep(state: SearchSignalState, kept: ReadonlySet<Searched>, limits: SearchSignalLimits): void {
  state.searches = state.searches.filter((search) => kept.has(search));
  const runs = runsOf(state.searches);
  const ids = new Set(runs.filter((run) => run.length > 1).map((run) => idOf(repeated(run))));
  state.standing = state.standing.filter((signal) => ids.has(idOf(signal)));
  state.sealsAt = sealTime(runs, limits);
}
