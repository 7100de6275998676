/** What was measured, for people. */
import type { PhaseResult } from './matrix.ts';
import type { OverloadResult } from './overload.ts';
import { AIM_P99_MS, LEAST_OFFERED, percent, type Verdict } from './verdict.ts';

const COLUMNS = [22, 9, 11, 9, 9, 9, 9] as const;

const row = (cells: readonly string[]): string =>
  cells.map((cell, n) => (n === 0 ? cell.padEnd(COLUMNS[0]) : cell.padStart(COLUMNS[n] ?? 0))).join(' ');

const countsOf = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([what, count]) => `${what} ${count}`)
    .join(', ');

export const TABLE_HEAD = `${row(['what is harmed', 'requests', 'answered', 'p50 ms', 'p99 ms', 'max ms', 'CPU ms'])}  from; for profiles`;

export function lineOf(result: PhaseResult): string {
  const { name, requests, good, p50Ms, p99Ms, maxMs, cpuMs, sources, modes } = result;
  const share = percent(good / Math.max(1, requests));
  const times = [...[p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(1)), cpuMs.toFixed(2)];
  const late = p99Ms > AIM_P99_MS ? `  (over ${AIM_P99_MS} ms)` : '';
  return `${row([name, String(requests), share, ...times])}  ${countsOf(sources)}; ${countsOf(modes)}${late}`;
}

export function overloadLines(result: OverloadResult): readonly string[] {
  const { capacityPerSecond, offeredTimes, home, homeKeptShare, prefetchShedShare, prefetches } = result;
  return [
    '',
    `home pages a second, alone     ${capacityPerSecond}`,
    `requests that came             ${offeredTimes.toFixed(1)} times as many, at least ${LEAST_OFFERED} wanted`,
    `home pages kept                ${percent(homeKeptShare)} of ${home.requests}, p99 ${home.p99Ms.toFixed(1)} ms, aim ${AIM_P99_MS} ms`,
    `prefetches turned away         ${percent(prefetchShedShare)} of ${prefetches}`,
  ];
}

export const verdictLines = ({ isProven, failures, misses }: Verdict): readonly string[] => [
  '',
  ...misses.map((miss) => `past its aim: ${miss}`),
  ...failures.map((failure) => `not so: ${failure}`),
  isProven ? 'proven' : 'not proven',
];
