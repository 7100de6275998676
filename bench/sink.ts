/**
 * Rows per CPU second into the lake. `ratio_vs_duckdb`: twelve columns of an impression, decoded and in memory, appended
 * and committed as the sink does it (which also asks the table for its highest offset), beside DuckDB inserting the same
 * rows from a table in its own memory into the same kind of Iceberg table; batches of equal size, sides alternating, both
 * tables equal in the end. `rows_per_second`: the sink as it is deployed, from a topic of impressions of 1.2 KB to the
 * last commit, none missing and none twice.
 */
import { loadConfig } from '../infra/config.ts';
import { openLake } from '../infra/lake/open.ts';
import { silentLog } from '../infra/log.ts';
import type { Benchmark } from './lib/benchmark.ts';
import { compareAppends } from './lib/sink-append.ts';
import { measureFromKafka } from './lib/sink-from-kafka.ts';
import { withServers } from './lib/stack.ts';

export const benchmark: Benchmark = (context) =>
  withServers(['kafka', 'seaweedfs'], context, async (env) => {
    const environment = { ...env, MARQUEE_REGION: `bench-${process.pid}` };
    const config = loadConfig(environment);
    const open = await openLake(config, silentLog());
    try {
      const appended = await compareAppends(open, config.region, context);
      return { ...appended, ...(await measureFromKafka(environment, context)) };
    } finally {
      await open.close();
    }
  });
