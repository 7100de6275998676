/**
 * A start of the totals process over a large view: so many cells of the speed view, none of them in Cassandra yet, written as
 * the process writes them.
 *
 *   --cells=1000000   how many; each is of one event
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeSpeedMessage } from '../domain/speed-codec.ts';
import { speedViewPartition } from '../domain/topics.ts';
import { createCassandra, type Cassandra } from '../infra/cassandra/client.ts';
import { createTitleTotals } from '../infra/cassandra/title-totals.ts';
import { loadConfig } from '../infra/config.ts';
import { silentLog } from '../infra/log.ts';
import { createTotalsKeeper } from '../streaming/totals/totals.ts';
import { speedRecordsOf } from '../test/support/speed-records.ts';
import { round, type Benchmark, type Figures } from './lib/benchmark.ts';
import { withServers } from './lib/stack.ts';

const BLOCK_SIZE = 2 ** 16;
const TITLES = 20_000;
const LOOK_MS = 100;
const SAY_MS = 10_000;

export const benchmark: Benchmark = (context) =>
  withServers(['cassandra'], context, async (environment): Promise<Figures> => {
    const cells = Number(context.option('cells', '1000000'));
    const keyspace = `bench_${Date.now()}`;
    const {
      cassandra: settings,
      totals: limits,
      region,
      generation,
    } = loadConfig({
      ...environment,
      CASSANDRA_KEYSPACE: keyspace,
    });
    const client = createCassandra({ ...settings, requestTimeoutMs: 30_000 });
    let statements = 0;
    const cassandra: Pick<Cassandra, 'run'> = {
      run: (statement, values) => ((statements += 1), client.run(statement, values)),
    };
    const totals = createTitleTotals({ cassandra, keyspace, region, generation });
    const keeper = createTotalsKeeper({
      ...{ totals, partitions: 1, blockSize: BLOCK_SIZE, limits },
      log: silentLog(),
    });
    const records = recordsOf(cells);
    try {
      // The keyspace is made first.
      await totals.blocks();
      const delay = monitorEventLoopDelay({ resolution: 5 });
      keeper.take({ partition: speedViewPartition('plays', 0, 1), records: records as never });
      delay.enable();
      const [startedMs, before] = [performance.now(), process.cpuUsage()];
      for (let saidMs = startedMs; keeper.status().waiting > 0; await sleep(LOOK_MS)) {
        if (performance.now() - saidMs < SAY_MS) continue;
        saidMs = performance.now();
        context.say(`${keeper.status().waiting} cells wait`);
      }
      const seconds = (performance.now() - startedMs) / 1000;
      const { user, system } = process.cpuUsage(before);
      delay.disable();
      return {
        cells,
        seconds: round(seconds),
        cells_per_second: round(cells / seconds),
        cells_per_cpu_second: round(cells / ((user + system) / 1e6)),
        statements_per_cell: round(statements / cells),
        failed: keeper.status().failed,
        loop_held_p99_ms: round(delay.percentile(99) / 1e6),
        loop_held_max_ms: round(delay.max / 1e6),
      };
    } finally {
      await keeper.close();
      await client.run(`DROP KEYSPACE IF EXISTS ${keyspace}`, []).catch(() => undefined);
      await client.close();
    }
  });

/** As the topic holds them: titles by five-minute buckets, in blocks that are full. */
function recordsOf(cells: number): readonly object[] {
  const events = Array.from({ length: cells }, (_, n) => ({
    ...{ title: `title-${n % TITLES}`, country: 'US', bucket: Math.floor(n / TITLES) },
  }));
  const lane = { topic: 'plays', partition: 0, blockSize: BLOCK_SIZE } as const;
  return speedRecordsOf(lane, events).map(({ key, value }) => ({
    key: Buffer.from(key),
    value: value && Buffer.from(encodeSpeedMessage(value)),
  }));
}
