/** The figures of the speed benchmark: medians over rounds, ratios within a round. */
import { median, round, type Figures } from './benchmark.ts';
import type { Output, RunFigures } from './speed-lane.ts';

/** In the order of a round. */
export const SIDES = [
  'marquee',
  'kafka_streams',
  'bare_read',
  'threads',
  'two_processes',
  'kafka_streams_eos',
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
  const figures: Figures = {
    events_per_second: rate('marquee', 'perSecond'),
    events_per_cpu_second: rate('marquee', 'perCpuSecond'),
    ratio_vs_kafka_streams: ratio('marquee', 'kafka_streams', 'perCpuSecond'),
    rate_ratio_vs_kafka_streams: ratio('marquee', 'kafka_streams', 'perSecond'),
    ratio_vs_kafka_streams_eos: ratio('marquee', 'kafka_streams_eos', 'perCpuSecond'),
    rate_ratio_vs_kafka_streams_eos: ratio('marquee', 'kafka_streams_eos', 'perSecond'),
    ratio_vs_bare_read: ratio('marquee', 'bare_read', 'perCpuSecond'),
    threads_events_per_second: rate('threads', 'perSecond'),
    threads_events_per_cpu_second: rate('threads', 'perCpuSecond'),
    threads_ratio_vs_kafka_streams: ratio('threads', 'kafka_streams', 'perCpuSecond'),
    threads_rate_ratio_vs_kafka_streams: ratio('threads', 'kafka_streams', 'perSecond'),
    threads_ratio_vs_kafka_streams_eos: ratio('threads', 'kafka_streams_eos', 'perCpuSecond'),
    threads_rate_ratio_vs_kafka_streams_eos: ratio('threads', 'kafka_streams_eos', 'perSecond'),
    threads_ratio_vs_bare_read: ratio('threads', 'bare_read', 'perCpuSecond'),
    two_processes_cpu_ratio: ratio('two_processes', 'marquee', 'perCpuSecond'),
    two_processes_ratio_vs_kafka_streams: ratio('two_processes', 'kafka_streams', 'perCpuSecond'),
    two_processes_rate_ratio_vs_kafka_streams: ratio('two_processes', 'kafka_streams', 'perSecond'),
    two_processes_events_per_second: rate('two_processes', 'perSecond'),
    two_processes_events_per_cpu_second: rate('two_processes', 'perCpuSecond'),
    kafka_streams_events_per_second: rate('kafka_streams', 'perSecond'),
    kafka_streams_events_per_cpu_second: rate('kafka_streams', 'perCpuSecond'),
    kafka_streams_eos_events_per_second: rate('kafka_streams_eos', 'perSecond'),
    kafka_streams_eos_events_per_cpu_second: rate('kafka_streams_eos', 'perCpuSecond'),
    bare_read_events_per_second: rate('bare_read', 'perSecond'),
    bare_read_events_per_cpu_second: rate('bare_read', 'perCpuSecond'),
    output_records: output('marquee', 'outputRecords'),
    output_bytes: output('marquee', 'outputBytes'),
    kafka_streams_output_records: output('kafka_streams', 'outputRecords'),
    kafka_streams_output_bytes: output('kafka_streams', 'outputBytes'),
    kafka_streams_eos_output_records: output('kafka_streams_eos', 'outputRecords'),
    kafka_streams_eos_output_bytes: output('kafka_streams_eos', 'outputBytes'),
  };
  // Sides that were left out have no figures.
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => !Number.isNaN(value)));
}

export function describeRun(side: SideName, run: RunFigures): string {
  const { perSecond, perCpuSecond, outputRecords, outputBytes } = run;
  const output = outputRecords === 0 ? '' : `, ${outputRecords} output records of ${outputBytes} bytes`;
  return `${side} ${round(perSecond)} events/s, ${round(perCpuSecond)} per CPU second${output}`;
}
