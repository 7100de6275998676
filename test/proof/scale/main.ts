/**
 * `npm run prove:scale -- [--rounds <n>] [--json]`: a load that becomes five times as large and falls back, again and again,
 * three times by default; the controller grows and shrinks the fleet, and every record must be counted once. Uses servers
 * that are configured or run already, else private ones. Figures are one line of JSON at the end with `--json`; talk goes to
 * stderr.
 *
 * Exit codes: 0 no difference, 1 a difference or a failure, 2 wrong options, 3 a server cannot be had.
 */
import { median } from '../../../bench/lib/benchmark.ts';
import { COUNTED_TOPICS } from '../../../domain/topics.ts';
import { runScaleStep, type ScaleRunResult } from '../../support/scale-run.ts';
import { EXIT, isWhole, onServers, readOptions, runProof, say, tellFigures } from '../proof.ts';
import { stallsOf, usualGapMs } from './stalls.ts';

const USAGE = 'Usage: npm run prove:scale -- [--rounds <n>] [--json]';
const PARTITIONS = 4;
const SETTINGS = {
  MARQUEE_PARTITIONS: String(PARTITIONS),
  MARQUEE_BLOCK_SIZE: '1024',
  CONTROLLER_SPEED_CAPACITY: '700',
  CONTROLLER_MEASURES_CAPACITY: 'false',
  CONTROLLER_SAMPLE_INTERVAL_MS: '1000',
  CONTROLLER_RATE_WINDOW_MS: '4000',
  CONTROLLER_COOL_DOWN_MS: '15000',
};

function figuresOf(result: ScaleRunResult, rounds: number): Readonly<Record<string, number>> {
  const { wanted, changes, markerTimes, differences, holes, records, deaths } = result;
  // Few plays come: their markers are apart for want of anything to say.
  const impressions = markerTimes.slice(COUNTED_TOPICS.indexOf('impressions') * PARTITIONS);
  const stalls = stallsOf(changes, impressions);
  const stallsAt = (type: string): number[] => stalls.filter((one) => one.type === type).map(({ ms }) => ms);
  const ups = wanted.filter((now, i) => i > 0 && now > wanted[i - 1]!).length;
  const peaks = wanted.filter((now, i) => now > (wanted[i - 1] ?? 0) && now > (wanted[i + 1] ?? 0)).length;
  return {
    ...{ rounds, records, differences: differences.length, holes, ended_by_themselves: deaths },
    ...{ peak_processes: Math.max(...wanted), ups, downs: wanted.length - 1 - ups, peaks },
    usual_gap_ms: usualGapMs(impressions),
    join_stall_p50_ms: median(stallsAt('started')),
    join_stall_max_ms: Math.max(...stallsAt('started')),
    leave_stall_p50_ms: median(stallsAt('stopping')),
    leave_stall_max_ms: Math.max(...stallsAt('stopping')),
  };
}

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args, USAGE, { rounds: { type: 'string', default: '3' } }, (values) => {
    const rounds = Number(values.rounds);
    return isWhole(rounds, 1) ? { rounds, json: values.json } : undefined;
  });
  if (options === undefined) return EXIT.usage;
  const { rounds, json } = options;
  const result = await onServers('scale', ['kafka', 'seaweedfs'], ({ environment }) =>
    runScaleStep({
      env: { ...environment, ...SETTINGS },
      ...{ baseRate: 300, baseMs: 8000, stepMs: 20_000, peak: 3, patienceMs: 180_000, rounds, say },
    }),
  );
  for (const difference of result.differences.slice(0, 20)) say(difference);
  tellFigures(json, figuresOf(result, rounds), {});
  return result.differences.length + result.holes > 0 ? EXIT.failed : EXIT.proven;
}

await runProof(main);
