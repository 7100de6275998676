/**
 * Prometheus metrics with a registry of their own: nothing is global, so two apps in one process do not meet. Names
 * begin with `marquee_` and end in their unit; counters end in `_total`.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  counter<L extends string = never>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  /** `read` is asked at every scrape; without it the gauge is set by its owner. */
  gauge<L extends string = never>(
    name: string,
    help: string,
    options?: { labels?: readonly L[]; read?: () => number },
  ): Gauge<L>;
  /** Buckets in the unit that the name ends in. */
  histogram<L extends string = never>(
    name: string,
    help: string,
    options: { buckets: readonly number[]; labels?: readonly L[] },
  ): Histogram<L>;
  /** All metrics in Prometheus' text format. */
  render(): Promise<string>;
  readonly contentType: string;
}

export interface MetricsOptions {
  /** On every series, e.g. process and region. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether memory, event loop and garbage collection of the process are measured as well. */
  readonly processMetrics?: boolean;
}

/** Seconds from a fraction of a millisecond to half a minute: requests, sends, flushes. */
export const LATENCY_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ ...options.labels });
  if (options.processMetrics === true) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: labels, registers }),
    gauge<L extends string>(
      name: string,
      help: string,
      { labels = [], read }: { labels?: readonly L[]; read?: () => number } = {},
    ) {
      return new Gauge<L>({
        name,
        help,
        labelNames: labels,
        registers,
        ...(read && {
          collect() {
            this.set(read());
          },
        }),
      });
    },
    histogram: (name, help, { buckets, labels = [] }) =>
      new Histogram({ name, help, labelNames: labels, buckets: [...buckets], registers }),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
