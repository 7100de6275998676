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
import { attributionSection, memorySection, signalsSection } from '../../infra/config/behaviour.ts';
import { round, type BenchmarkContext, type Figures } from './benchmark.ts';
import { cpuSeconds } from './process-cpu.ts';
import { createProfileLog, createSearchLog, SCATTERED, type LogEntry } from './profile-log.ts';

/** One fold and what it knows of every profile. */
export interface FoldRun {
  step(record: CleanRecord, topic: CleanTopic, offset: number): void;
  readonly profiles: number;
  readonly outputs: number;
  states(): Iterable<unknown>;
}

interface Entry<S> {
  state: S;
  wakeAt: EpochMs | undefined;
}

/** Keeps the entries of a fold as the lane's cache does. */
export function createFoldRun<S>(fold: KeyedFold<S>): FoldRun {
  const entries = new Map<string, Entry<S>>();
  let outputs = 0;
  return {
    step(record, topic, offset) {
      const key = fold.keyOf(record);
      const entry = entries.get(key);
      const {
        state,
        wakeAt,
        outputs: made,
      } = fold.step(entry?.state, { topic, partition: 0, offset, record });
      outputs += made.length;
      if (state === undefined) {
        if (entry !== undefined) entries.delete(key);
      } else if (entry === undefined) entries.set(key, { state, wakeAt });
      else {
        entry.state = state;
        entry.wakeAt = wakeAt;
      }
    },
    get profiles() {
      return entries.size;
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
  /** Folds one record by attribution and by impression memory. */
  step(record: CleanRecord, topic: CleanTopic, offset: number): void;
  readonly attribution: FoldRun;
  readonly memory: FoldRun;
}

/** Attribution and impression memory together, event by event. */
export function createProfileFolds(): ProfileFolds {
  const attributed = FOLDS.attribution();
  const remembered = FOLDS.memory();
  return {
    step(record, topic, offset) {
      attributed.step(record, topic, offset);
      remembered.step(record, topic, offset);
    },
    attribution: attributed,
    memory: remembered,
  };
}

/** Records decoded and then folded, at a time: what BEHAVIOUR_MAX_BATCH_RECORDS is unless configured. */
const BATCH = 2000;
const WARM_UP_BATCHES = 40;
const BATCHES = 120;

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
  const log = createProfileLog();
  const searches = createSearchLog();
  const both = createProfileFolds();
  const scattered = createProfileLog(SCATTERED);
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
  for (let batch = -WARM_UP_BATCHES; batch < BATCHES; batch++) {
    if (batch === 0) for (const meter of Object.values({ ...meters, ...signalMeters })) meter.reset();
    const records = log.take(BATCH);
    meters.scattered.measure(apart, scattered.take(BATCH));
    const plays = records.filter(({ topic }) => topic === 'plays');
    meters.both.measure(both, records);
    meters.attribution.measure(runs.attribution, records);
    meters.memory.measure(runs.memory, records);
    signalMeters.plays.measure(runs.playSignals, plays);
    signalMeters.searches.measure(runs.searchSignals, searches.take(BATCH / 4));
    if (batch % WARM_UP_BATCHES === 0)
      say(`${batch * BATCH} records folded, ${both.memory.profiles} profiles`);
  }
  return {
    profile_folds_events_per_cpu_second: meters.both.perSecond(),
    profile_folds_scattered_events_per_cpu_second: meters.scattered.perSecond(),
    attribution_events_per_cpu_second: meters.attribution.perSecond(),
    memory_events_per_cpu_second: meters.memory.perSecond(),
    play_signals_events_per_cpu_second: signalMeters.plays.perSecond(),
    search_signals_events_per_cpu_second: signalMeters.searches.perSecond(),
    profiles: both.memory.profiles,
    events_per_profile: round(((BATCHES + WARM_UP_BATCHES) * BATCH) / both.memory.profiles),
    attribution_state_mb_per_million_profiles: storedMegabytes(runs.attribution),
    memory_state_mb_per_million_profiles: storedMegabytes(runs.memory),
    play_signals_state_mb_per_million_profiles: storedMegabytes(runs.playSignals),
  };
}

function createMeter() {
  let [seconds, events] = [0, 0];
  return {
    measure(run: Pick<FoldRun, 'step'>, records: readonly LogEntry[]): void {
      const from = cpuSeconds();
      for (const { record, topic, offset } of records) run.step(record, topic, offset);
      seconds += cpuSeconds() - from;
      events += records.length;
    },
    reset: () => ([seconds, events] = [0, 0]),
    perSecond: () => Math.round(events / seconds),
  };
}

/** What the states come to as LMDB's encoder writes them, without keys and pages half full. */
function storedMegabytes(run: FoldRun): number {
  const packr = new Packr({ structuredClone: true, structures: [] });
  let bytes = 0;
  for (const state of run.states()) bytes += packr.pack(state).length;
  return round(bytes / run.profiles);
}
