/** What was measured, for people. */
import type { PhaseResult } from './matrix.ts';
import type { OverloadResult } from './overload.ts';

/** The aim for the slowest hundredth, milliseconds. */
export const AIM_P99_MS = 50;

const COLUMNS = [22, 9, 11, 9, 9, 9, 9] as const;

const row = (cells: readonly string[]): string =>
  cells.map((cell, n) => (n === 0 ? cell.padEnd(COLUMNS[0]) : cell.padStart(COLUMNS[n] ?? 0))).join(' ');

export const TABLE_HEAD = `${row(['what is harmed', 'requests', 'answered', 'p50 ms', 'p99 ms', 'max ms', 'CPU ms'])}  from`;

export function lineOf(result: PhaseResult): string {
  const { name, requests, good, p50Ms, p99Ms, maxMs, cpuMs, sources } = result;
  const share = `${((100 * good) / Math.max(1, requests)).toFixed(2)} %`;
  const times = [...[p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(1)), cpuMs.toFixed(2)];
  const from = Object.entries(sources).map(([source, count]) => `${source} ${count}`);
  const late = p99Ms > AIM_P99_MS ? `  (over ${AIM_P99_MS} ms)` : '';
  return `${row([name, String(requests), share, ...times])}  ${from.join(', ')}${late}`;
}

export function overloadLines(result: OverloadResult): readonly string[] {
  const { capacityPerSecond, offeredTimes, home, homeKeptShare, prefetchShedShare, prefetches } = result;
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  return [
    '',
    `home pages a second, alone     ${capacityPerSecond}`,
    `requests that came             ${offeredTimes.toFixed(1)} times as many`,
    `home pages kept                ${percent(homeKeptShare)} of ${home.requests}, p99 ${home.p99Ms.toFixed(1)} ms`,
    `prefetches turned away         ${percent(prefetchShedShare)} of ${prefetches}`,
  ];
}
