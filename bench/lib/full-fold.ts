/**
 * The folds with state per profile over decoded records, driven as streaming/keyed/lane.ts drives them, but for I/O: the
 * state of every profile stays in memory, timers are kept, nothing is sent or stored.
 */
import { createAttribution } from '../../domain/attribution.ts';
import type { CleanRecord } from '../../domain/events/event.ts';
import { createImpressionMemory } from '../../domain/impression-memory.ts';
import type { KeyedFold } from '../../domain/keyed-fold.ts';
import { createPlaySignals } from '../../domain/signals/play-signals.ts';
import { createSearchSignals } from '../../domain/signals/search-signals.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { CleanTopic } from '../../domain/topics.ts';
import { Packr } from 'msgpackr';
import { createProjectedDecoder } from '../../infra/avro/projected-decoder.ts';
import { attributionSection, memorySection, signalsSection } from '../../infra/config/behaviour.ts';
import { createKeyTable } from '../../streaming/keyed/key-table.ts';
import { round, type BenchmarkContext, type Figures } from './benchmark.ts';
import { createLogRounds } from './log-rounds.ts';
import { cpuSeconds } from './process-cpu.ts';
import {
  createProfileLog,
  createSearchLog,
  SCATTERED,
  type EncodedEntry,
  type LogEntry,
} from './profile-log.ts';

/** One fold and what it knows of every profile. */
export interface FoldRun {
  /** The same records with the fields that the fold reads, as its stage decodes them; each call's are objects of their own. */
  decode(entries: readonly EncodedEntry[]): LogEntry[];
  step(record: CleanRecord, topic: CleanTopic, offset: number): void;
  readonly profiles: number;
  readonly outputs: number;
  states(): Iterable<unknown>;
}

interface Entry<S> {
  readonly key: string;
  state: S;
  wakeAt: EpochMs | undefined;
}

/** Keeps the entries of a fold as the lane's cache does. */
export function createFoldRun<S>(fold: KeyedFold<S>): FoldRun {
  const entries = createKeyTable<Entry<S>>();
  let last: Entry<S> | undefined;
  let outputs = 0;
  const decoders = new Map(
    fold.topics.map((topic) => [topic, createProjectedDecoder(topic, fold.reads ?? [])]),
  );
  return {
    decode: (entries) =>
      entries.map(({ topic, offset, bytes }) => {
        const record = decoders.get(topic)?.(bytes, 0, bytes.length);
        if (record === undefined) throw new Error(`${fold.name} cannot read ${topic} at ${offset}`);
        return { topic, offset, record };
      }),
    step(record, topic, offset) {
      const key = fold.keyOf(record);
      const entry = last?.key === key ? last : entries.get(key);
      const {
        state,
        wakeAt,
        outputs: made,
      } = fold.step(entry?.state, { topic, partition: 0, offset, record });
      outputs += made.length;
      if (state === undefined) {
        if (entry !== undefined) entries.delete(key);
        last = undefined;
      } else if (entry === undefined) {
        last = { key, state, wakeAt };
        entries.add(last);
      } else {
        last = entry;
        entry.state = state;
        entry.wakeAt = wakeAt;
      }
    },
    get profiles() {
      return entries.size();
    },
    get outputs() {
      return outputs;
    },
    *states() {
      for (const { state } of entries.values()) yield state;
    },
  };
}

const attribution = attributionSection.parse({});
const memory = memorySection.parse({});
const signals = signalsSection.parse({});

/** Each with the limits it has unless configured. */
const FOLDS = {
  attribution: () => createFoldRun(createAttribution(attribution)),
  memory: () => createFoldRun(createImpressionMemory(memory)),
  playSignals: () => createFoldRun(createPlaySignals(signals)),
  searchSignals: () => createFoldRun(createSearchSignals(signals)),
} as const;

export interface ProfileFolds {
  /** The same records as each of the rules is given them. */
  decode(entries: readonly EncodedEntry[]): DecodedForRules;
  /** Folds them by attribution and by impression memory. */
  step(decoded: DecodedForRules): void;
  readonly attribution: FoldRun;
  readonly memory: FoldRun;
}

export interface DecodedForRules {
  readonly attribution: readonly LogEntry[];
  readonly memory: readonly LogEntry[];
}

/** Attribution and impression memory, a batch by the one and then by the other, each with its own records as in its stage. */
export function createProfileFolds(): ProfileFolds {
  const attribution = FOLDS.attribution();
  const memory = FOLDS.memory();
  return {
    decode: (entries) => ({ attribution: attribution.decode(entries), memory: memory.decode(entries) }),
    step(decoded) {
      foldAll(attribution, decoded.attribution);
      foldAll(memory, decoded.memory);
    },
    attribution,
    memory,
  };
}

function foldAll(run: FoldRun, records: readonly LogEntry[]): void {
  for (const { record, topic, offset } of records) run.step(record, topic, offset);
}

/** Records decoded and then folded, at a time: what BEHAVIOUR_MAX_BATCH_RECORDS is unless configured. */
const BATCH = 2000;
const ROUND = 40 * BATCH;
/** After one of warming up. */
const ROUNDS = 3;

/** Events per CPU-second, garbage collection while folding included, and what a profile's state takes in LMDB. */
export interface ProfileFoldFigures extends Figures {
  readonly profile_folds_events_per_cpu_second: number;
  /** With no two events of a profile behind each other. */
  readonly profile_folds_scattered_events_per_cpu_second: number;
  readonly attribution_events_per_cpu_second: number;
  readonly memory_events_per_cpu_second: number;
  readonly play_signals_events_per_cpu_second: number;
  readonly search_signals_events_per_cpu_second: number;
}

/** Decoding is not measured: records are folded a batch at a time, right after they were decoded, as in the stage. */
export function measureProfileFolds({ say }: BenchmarkContext): ProfileFoldFigures {
  const takeViews = createLogRounds(createProfileLog());
  const takeScattered = createLogRounds(createProfileLog(SCATTERED));
  const takeSearches = createLogRounds(createSearchLog());
  const both = createProfileFolds();
  const apart = createProfileFolds();
  const runs = {
    attribution: FOLDS.attribution(),
    memory: FOLDS.memory(),
    playSignals: FOLDS.playSignals(),
    searchSignals: FOLDS.searchSignals(),
  };
  const meters = {
    both: createMeter(),
    scattered: createMeter(),
    attribution: createMeter(),
    memory: createMeter(),
  };
  const signalMeters = { plays: createMeter(), searches: createMeter() };
  for (let turn = -1; turn < ROUNDS; turn++) {
    if (turn === 0) for (const meter of Object.values({ ...meters, ...signalMeters })) meter.reset();
    const [views, others] = [takeViews(ROUND), takeScattered(ROUND)];
    const searches = takeSearches(ROUND / 4);
    for (let from = 0; from < ROUND; from += BATCH) {
      const records = views.slice(from, from + BATCH);
      const alone = apart.decode(others.slice(from, from + BATCH));
      const together = both.decode(records);
      meters.scattered.measure(BATCH, () => apart.step(alone));
      meters.both.measure(BATCH, () => both.step(together));
      measureRun(meters.attribution, runs.attribution, records);
      measureRun(meters.memory, runs.memory, records);
      measureRun(
        signalMeters.plays,
        runs.playSignals,
        records.filter(({ topic }) => topic === 'plays'),
      );
      measureRun(signalMeters.searches, runs.searchSignals, searches.slice(from / 4, (from + BATCH) / 4));
    }
    say(`${(turn + 2) * ROUND} records folded, ${both.memory.profiles} profiles`);
  }
  return {
    profile_folds_events_per_cpu_second: meters.both.perSecond(),
    profile_folds_scattered_events_per_cpu_second: meters.scattered.perSecond(),
    attribution_events_per_cpu_second: meters.attribution.perSecond(),
    memory_events_per_cpu_second: meters.memory.perSecond(),
    play_signals_events_per_cpu_second: signalMeters.plays.perSecond(),
    search_signals_events_per_cpu_second: signalMeters.searches.perSecond(),
    profiles: both.memory.profiles,
    events_per_profile: round(((ROUNDS + 1) * ROUND) / both.memory.profiles),
    attribution_state_mb_per_million_profiles: storedMegabytes(runs.attribution),
    memory_state_mb_per_million_profiles: storedMegabytes(runs.memory),
    play_signals_state_mb_per_million_profiles: storedMegabytes(runs.playSignals),
  };
}

interface Meter {
  measure(events: number, work: () => void): void;
  reset(): void;
  perSecond(): number;
}

function createMeter(): Meter {
  let [seconds, measured] = [0, 0];
  return {
    measure(events, work) {
      const from = cpuSeconds();
      work();
      seconds += cpuSeconds() - from;
      measured += events;
    },
    reset: () => void ([seconds, measured] = [0, 0]),
    perSecond: () => Math.round(measured / seconds),
  };
}

function measureRun(meter: Meter, run: FoldRun, entries: readonly EncodedEntry[]): void {
  const records = run.decode(entries);
  meter.measure(records.length, () => foldAll(run, records));
}

/** What the states come to as LMDB's encoder writes them, without keys and pages half full. */
function storedMegabytes(run: FoldRun): number {
  const packr = new Packr({ structuredClone: true, structures: [] });
  let bytes = 0;
  for (const state of run.states()) bytes += packr.pack(state).length;
  return round(bytes / run.profiles);
}
