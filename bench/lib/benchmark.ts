/** What a benchmark is: it measures, says on the way what it does, and answers with figures. */

export interface BenchmarkContext {
  /** One line of talk, for people. */
  say(line: string): void;
  /** What `--name=value` on the command line says, for shorter runs and for trying things out. */
  option(name: string, otherwise: string): string;
}

/** What a command line says of options. */
export const optionsIn =
  (args: readonly string[]): BenchmarkContext['option'] =>
  (name, otherwise) =>
    args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise;

/** Names carry their units: `events_per_second`, `p50_ms`. */
export type Figures = Readonly<Record<string, number | string>>;

export type Benchmark = (context: BenchmarkContext) => Promise<Figures>;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** Three significant digits are more than a shared machine can tell. */
export function round(value: number): number {
  return Number(value.toPrecision(3));
}
