/**
 * `npm run prove:scale -- [--rounds <n>] [--measured] [--json]`: a load that becomes five times as large and falls back, again
 * and again, three times by default; the controller grows and shrinks the fleet, and every record must be counted once. With
 * `--measured` a process takes 250 records a second and no more, the controller is told eight times as much and has to find
 * out. Uses servers that are configured or run already, else private ones. Figures are one line of JSON at the end with `--json`; talk goes to
 * stderr.
 *
 * Exit codes: 0 no difference, 1 a difference or a failure, 2 wrong options, 3 a server cannot be had.
 */
import { median } from '../../../bench/lib/benchmark.ts';
import { COUNTED_TOPICS } from '../../../domain/topics.ts';
import { runScaleStep, type ScaleRunResult } from '../../support/scale-run.ts';
import { EXIT, isWhole, onServers, readOptions, runProof, say, tellFigures } from '../proof.ts';
import { drainOf } from './drain.ts';
import { stallsOf, usualGapMs } from './stalls.ts';

const USAGE = 'Usage: npm run prove:scale -- [--rounds <n>] [--measured] [--json]';
const PARTITIONS = 4;
const SETTINGS = {
  MARQUEE_PARTITIONS: String(PARTITIONS),
  MARQUEE_BLOCK_SIZE: '1024',
  CONTROLLER_SAMPLE_INTERVAL_MS: '1000',
  CONTROLLER_RATE_WINDOW_MS: '4000',
  CONTROLLER_COOL_DOWN_MS: '15000',
};
/** A step of 1,500 a second for processes that are said to take 700, and one of 350 for processes that take 250. */
const TOLD = {
  env: { CONTROLLER_SPEED_CAPACITY: '700', CONTROLLER_MEASURES_CAPACITY: 'false' },
  ...{ baseRate: 300, peak: 3 },
};
const MEASURED = {
  // Small fetches, so that heartbeats come in between.
  env: {
    CONTROLLER_SPEED_CAPACITY: '2000',
    CONTROLLER_SETTLE_MS: '5000',
    KAFKA_MAX_BYTES_PER_PARTITION: '16384',
  },
  ...{ baseRate: 70, peak: 2, processTakes: 250 },
};

const OPTIONS = {
  rounds: { type: 'string', default: '3' },
  measured: { type: 'boolean', default: false },
} as const;

function figuresOf(result: ScaleRunResult, rounds: number): Readonly<Record<string, number>> {
  const { wanted, changes, markerTimes, differences, holes, records, deaths, samples, steps, rules } = result;
  // Few plays come: their markers are apart for want of anything to say.
  const impressions = markerTimes.slice(COUNTED_TOPICS.indexOf('impressions') * PARTITIONS);
  const stalls = stallsOf(changes, impressions);
  const stallsAt = (type: string): number[] => stalls.filter((one) => one.type === type).map(({ ms }) => ms);
  const ups = wanted.filter((now, i) => i > 0 && now > wanted[i - 1]!).length;
  const drains = steps.map((one) => drainOf(samples, one, rules.lagAllowanceMs));
  const peaks = wanted.filter((now, i) => now > (wanted[i - 1] ?? 0) && now > (wanted[i + 1] ?? 0)).length;
  return {
    ...{ rounds, records, differences: differences.length, holes, ended_by_themselves: deaths },
    ...{ peak_processes: Math.max(...wanted), ups, downs: wanted.length - 1 - ups, peaks },
    drain_target_ms: rules.drainTargetMs,
    steps_absorbed: drains.filter((one) => one?.drainMs !== undefined).length,
    start_max_ms: Math.max(...drains.map((one) => one?.startMs ?? Infinity)),
    drain_max_ms: Math.max(...drains.map((one) => one?.drainMs ?? Infinity)),
    lag_max: Math.max(...drains.map((one) => one?.mostLag ?? Infinity)),
    capacity_at_last: drains.at(-1)?.capacity ?? Number.NaN,
    usual_gap_ms: usualGapMs(impressions),
    join_stall_p50_ms: median(stallsAt('started')),
    join_stall_max_ms: Math.max(...stallsAt('started')),
    leave_stall_p50_ms: median(stallsAt('stopping')),
    leave_stall_max_ms: Math.max(...stallsAt('stopping')),
  };
}

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args, USAGE, OPTIONS, (values) => {
    const rounds = Number(values.rounds);
    return isWhole(rounds, 1) ? { rounds, json: values.json, measured: values.measured } : undefined;
  });
  if (options === undefined) return EXIT.usage;
  const { rounds, json, measured } = options;
  const { env, ...load } = measured ? MEASURED : TOLD;
  const result = await onServers('scale', ['kafka', 'seaweedfs'], ({ environment }) =>
    runScaleStep({
      env: { ...environment, ...SETTINGS, ...env },
      ...{ ...load, baseMs: 8000, stepMs: 20_000, patienceMs: 180_000, rounds, say },
    }),
  );
  for (const difference of result.differences.slice(0, 20)) say(difference);
  tellFigures(json, figuresOf(result, rounds), {});
  return result.differences.length + result.holes > 0 ? EXIT.failed : EXIT.proven;
}

await runProof(main);
