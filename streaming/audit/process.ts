/** The audit process: everything it needs, built from configuration and closed in order. */
import { join } from 'node:path';
import type { Config } from '../../infra/config.ts';
import type { AuditLimits } from '../../domain/audit/limits.ts';
import { topicName } from '../../domain/topics.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { createStoredRegistry } from '../../infra/avro/registry.ts';
import { maxRecordBytesOf, openKafka, openObjectStore, topicPlanOf } from '../../infra/connections.ts';
import { serveProbes } from '../../infra/http/probe-server.ts';
import { createContractRegistry } from '../../infra/contracts/registry.ts';
import { createProducer } from '../../infra/kafka/producer.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { createMetrics } from '../../infra/metrics.ts';
import type { ServiceContext } from '../../infra/service.ts';
import { createAuditStore, openAuditStates } from './audit-store.ts';
import { followContracts } from './contracts.ts';
import { measureAudit } from './instruments.ts';
import { holdSeat } from './seat.ts';
import { watchServing } from './serving-metrics.ts';
import { startAuditStage } from './stage.ts';

/** Silences are named when they are so many times longer than what was normal. */
const GAP_FACTOR = 3;
/** Independent arrivals from which on a rate is trusted. */
const LEAST_ARRIVALS = 20;

export async function startAudit({ config, log, onClose, fail }: ServiceContext): Promise<void> {
  const { region, generation, partitions, dataDir, audit } = config;
  const metrics = createMetrics({ labels: { process: 'audit', region }, processMetrics: true });
  const instruments = measureAudit(metrics);
  onClose((await serveProbes(audit.metricsPort, metrics)).close);
  const objects = openObjectStore(config);
  onClose(objects.close);
  await objects.ensureBucket();
  const codec = createCleanCodec(createStoredRegistry(objects, region));
  await codec.publishSchemas();
  const kafka = openKafka(config, log);
  onClose(kafka.close);
  await ensureTopics(kafka, topicPlanOf(config));
  const producer = await createProducer(kafka, { maxRecordBytes: maxRecordBytesOf(config) });
  onClose(producer.close);
  const folder = join(dataDir, 'state', 'audit', `${region}.${generation}`);
  const states = openAuditStates(folder, (_partition, reason) =>
    log.warn({ reason }, 'state was torn and is discarded; the audit begins anew'),
  );
  onClose(states.close);
  const serving = watchServing(audit.servingMetricsUrl, audit.windowMs, config.auth.clientToken);
  onClose(serving.stop);
  const contracts = followContracts(createContractRegistry({ store: objects, region }), {
    everyMs: audit.contractsIntervalMs,
    onFailure: (err) => log.warn({ err }, 'contracts could not be read and stay as they were'),
  });
  onClose(contracts.stop);
  const seat = holdSeat({
    kafka,
    groupId: `${region}.audit-seat.${generation}`,
    topic: topicName(region, generation, 'announcements'),
    sit: () =>
      startAuditStage({
        ...{ kafka, producer, codec, region, generation, partitions },
        store: createAuditStore(states.partition(0)),
        limits: auditLimitsOf(config),
        lagRecords: audit.lagRecords,
        priorStrength: config.serving.takeRateStrength,
        tickMs: audit.tickMs,
        checkpointIntervalMs: audit.checkpointIntervalMs,
        startBackMs: audit.startBackMs,
        // The wall clock as it was at the start, from there on by a clock that nobody sets back.
        now: () => Math.floor(performance.timeOrigin + performance.now()),
        surroundings: () => ({ ...serving.read(), contracts: contracts.read() }),
        onTick(tick, state) {
          for (const { producer: name, what, detail } of instruments.tick(tick, state))
            log.warn({ producer: name, what }, detail);
        },
        onCorrupt: (topic) => instruments.corrupt(topic),
        onGap: (gap) => log.error(gap, 'records are gone before they were audited'),
        onRetry: (err) => log.warn({ err }, 'figures wait to be sent'),
      }),
  });
  onClose(seat.stop);
  seat.closed.catch(fail);
}

function auditLimitsOf({ audit }: Pick<Config, 'audit'>): AuditLimits {
  const { windowMs, keptWindows, judgedMs } = audit;
  return {
    ...audit,
    keptWindows: Math.max(keptWindows, Math.ceil(judgedMs / windowMs) + 1),
    absence: {
      leastSilenceMs: audit.leastSilenceMs,
      probability: 10 ** -audit.silenceExponent,
      declineMs: audit.declineMs,
      gapFactor: GAP_FACTOR,
      leastArrivals: LEAST_ARRIVALS,
      forgetMs: audit.forgetMs,
    },
  };
}
