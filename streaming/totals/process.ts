/** The totals process: follows the speed view and keeps counts by title, country and bucket in Cassandra. */
import { topicName } from '../../domain/topics.ts';
import { createCassandra } from '../../infra/cassandra/client.ts';
import { createTitleTotals } from '../../infra/cassandra/title-totals.ts';
import { openKafka, topicPlanOf } from '../../infra/connections.ts';
import { serveProbes } from '../../infra/http/probe-server.ts';
import { readAll } from '../../infra/kafka/reader.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { createMetrics } from '../../infra/metrics.ts';
import type { ServiceContext } from '../../infra/service.ts';
import { createTotalsKeeper } from './totals.ts';

/** All of the view is in memory and is read anew at every start: a log that cannot be read on ends the process. */
export async function startTotals({ config, log, onClose, fail }: ServiceContext): Promise<void> {
  const { region, generation, partitions, blockSize, cassandra: settings, totals: limits } = config;
  const metrics = createMetrics({ labels: { process: 'totals', region }, processMetrics: true });
  onClose((await serveProbes(limits.metricsPort, metrics)).close);
  const cassandra = createCassandra(settings);
  onClose(cassandra.close);
  const kafka = openKafka(config, log);
  onClose(kafka.close);
  await ensureTopics(kafka, topicPlanOf(config));
  const totals = createTitleTotals({ cassandra, keyspace: settings.keyspace, region, generation });
  const keeper = createTotalsKeeper({ totals, partitions, blockSize, limits, log });
  onClose(keeper.close);
  metrics.gauge('marquee_totals_waiting_cells', 'Cells that changed and are not written yet', {
    read: () => keeper.status().waiting,
  });
  metrics.gauge('marquee_totals_writes', 'Writes since the start', { read: () => keeper.status().written });
  metrics.gauge('marquee_totals_failures', 'Writes that failed and were tried again', {
    read: () => keeper.status().failed,
  });
  const reader = await readAll(kafka, {
    topic: topicName(region, generation, 'speed-view'),
    live: true,
    onRecords: keeper.take,
    onCaughtUp: keeper.caughtUp,
  });
  onClose(reader.stop);
  reader.closed.catch(fail);
}
