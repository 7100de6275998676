/** The figures of the speed benchmark: medians over rounds, ratios within a round. */
import { median, round, type Figures } from './benchmark.ts';
import type { Output, RunFigures } from './speed-lane.ts';

/**
 * In the order of a round. `marquee` and `kafka_streams` are one process each with a thread a core and promise the same,
 * counts that are exact across kills.
 */
export const SIDES = [
  'marquee',
  'kafka_streams',
  'bare_read',
  'one_thread',
  'two_processes',
  'kafka_streams_at_least_once',
  'bare_columns',
] as const;
export type SideName = (typeof SIDES)[number];

/** What each side came to, one after the other. */
export type Round = Partial<Record<SideName, RunFigures>>;

type Rate = 'perSecond' | 'perCpuSecond';

export function figuresOf(rounds: readonly Round[]): Figures {
  const rate = (side: SideName, of: Rate): number =>
    round(median(rounds.map((one) => one[side]?.[of] ?? NaN)));
  const ratio = (side: SideName, peer: SideName, of: Rate): number =>
    round(median(rounds.map((one) => (one[side]?.[of] ?? NaN) / (one[peer]?.[of] ?? NaN))));
  const output = (side: SideName, of: keyof Output): number =>
    round(median(rounds.map((one) => one[side]?.[of] ?? NaN)));
  /** Per CPU-second, and by the clock. */
  const pair = (ours: SideName, peer: SideName, name: string): Figures => ({
    [`${name}ratio_vs_${peer}`]: ratio(ours, peer, 'perCpuSecond'),
    [`${name}rate_ratio_vs_${peer}`]: ratio(ours, peer, 'perSecond'),
  });
  const figures: Figures = {
    events_per_second: rate('marquee', 'perSecond'),
    events_per_cpu_second: rate('marquee', 'perCpuSecond'),
    ...pair('marquee', 'kafka_streams', ''),
    ...pair('marquee', 'kafka_streams_at_least_once', ''),
    ratio_vs_bare_read: ratio('marquee', 'bare_read', 'perCpuSecond'),
    ratio_vs_bare_columns: ratio('marquee', 'bare_columns', 'perCpuSecond'),
    one_thread_events_per_second: rate('one_thread', 'perSecond'),
    one_thread_events_per_cpu_second: rate('one_thread', 'perCpuSecond'),
    ...pair('one_thread', 'kafka_streams', 'one_thread_'),
    ...pair('one_thread', 'kafka_streams_at_least_once', 'one_thread_'),
    one_thread_ratio_vs_bare_read: ratio('one_thread', 'bare_read', 'perCpuSecond'),
    two_processes_cpu_ratio: ratio('two_processes', 'one_thread', 'perCpuSecond'),
    two_processes_events_per_second: rate('two_processes', 'perSecond'),
    two_processes_events_per_cpu_second: rate('two_processes', 'perCpuSecond'),
    ...pair('two_processes', 'kafka_streams', 'two_processes_'),
    kafka_streams_events_per_second: rate('kafka_streams', 'perSecond'),
    kafka_streams_events_per_cpu_second: rate('kafka_streams', 'perCpuSecond'),
    kafka_streams_at_least_once_events_per_second: rate('kafka_streams_at_least_once', 'perSecond'),
    kafka_streams_at_least_once_events_per_cpu_second: rate('kafka_streams_at_least_once', 'perCpuSecond'),
    bare_read_events_per_second: rate('bare_read', 'perSecond'),
    bare_read_events_per_cpu_second: rate('bare_read', 'perCpuSecond'),
    bare_columns_events_per_second: rate('bare_columns', 'perSecond'),
    bare_columns_events_per_cpu_second: rate('bare_columns', 'perCpuSecond'),
    output_records: output('marquee', 'outputRecords'),
    output_bytes: output('marquee', 'outputBytes'),
    kafka_streams_output_records: output('kafka_streams', 'outputRecords'),
    kafka_streams_output_bytes: output('kafka_streams', 'outputBytes'),
    kafka_streams_at_least_once_output_records: output('kafka_streams_at_least_once', 'outputRecords'),
    kafka_streams_at_least_once_output_bytes: output('kafka_streams_at_least_once', 'outputBytes'),
  };
  // Sides that were left out have no figures.
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => !Number.isNaN(value)));
}

export function describeRun(side: SideName, run: RunFigures): string {
  const { perSecond, perCpuSecond, outputRecords, outputBytes } = run;
  const output = outputRecords === 0 ? '' : `, ${outputRecords} output records of ${outputBytes} bytes`;
  return `${side} ${round(perSecond)} events/s, ${round(perCpuSecond)} per CPU second${output}`;
}
