/** The controller process: how many processes of each kind there should be, decided from lag and rates. */
import { explain } from '../../domain/sizing-words.ts';
import type { SizingRules } from '../../domain/sizing.ts';
import { topicName } from '../../domain/topics.ts';
import type { Config } from '../../infra/config.ts';
import { openKafka, topicPlanOf } from '../../infra/connections.ts';
import { openAccessOf } from '../../infra/http/auth/open.ts';
import { listen } from '../../infra/http/listen.ts';
import { logBounds } from '../../infra/kafka/offsets.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { createMetrics } from '../../infra/metrics.ts';
import type { ServiceContext } from '../../infra/service.ts';
import { createControllerApp } from './app.ts';
import { createControllerInstruments } from './instruments.ts';
import { capacityOf, groupsOf, sizedKinds, type SizedKind } from './kinds.ts';
import { takeReading } from './reading.ts';
import { runSizer, type Sizer } from './sizer.ts';

/** Readings so many intervals apart say nothing of the time between. */
const GAP_INTERVALS = 3;

/** Resolves with the address it listens on. */
export async function startController({ config, log, onClose }: ServiceContext): Promise<string> {
  const { region, generation, controller } = config;
  const metrics = createMetrics({ labels: { region }, processMetrics: true });
  const instruments = createControllerInstruments(metrics);
  const bound = { setting: 'CONTROLLER_HOST', host: controller.host };
  const access = await openAccessOf({ config, metrics, log, onClose }, bound);
  const kafka = openKafka(config, log);
  onClose(kafka.close);
  await ensureTopics(kafka, topicPlanOf(config));
  // The wall clock as it was at the start, from there on by a clock that nobody sets back.
  const now = (): number => Math.floor(performance.timeOrigin + performance.now());

  const size = (kind: SizedKind): Sizer => {
    const groups = groupsOf(kind, config);
    return runSizer({
      read: () => takeReading(kafka, groups, now),
      rules: rulesOf(kind, config),
      intervalMs: controller.sampleIntervalMs,
      now,
      onDecision(decision, before) {
        instruments.decided(kind, decision, before);
        if (before?.desired === decision.desired && before.reason === decision.reason) return;
        const { desired, processes, reason, lag, arrivalRate } = decision;
        const figures = { lag, arrivals_per_second: Math.round(arrivalRate), running: processes };
        log.info({ kind, desired, before: before?.desired, reason, ...figures }, explain(decision));
      },
      onFailure(err) {
        instruments.failed(kind);
        log.warn({ err, kind }, 'no reading could be taken; the last decision is kept');
      },
    });
  };
  const sizers = new Map(sizedKinds(config).map((kind) => [kind, size(kind)]));
  for (const sizer of sizers.values()) onClose(sizer.stop);
  const checks = { kafka: () => logBounds(kafka, topicName(region, generation, 'plays')) };
  const app = createControllerApp({ sizers, access, checks, metrics, log });
  const server = await listen(app, {
    ...{ host: controller.host, port: controller.port },
    maxConnections: config.limits.maxConnections,
  });
  onClose(server.close);
  log.info({ url: server.url }, 'listening');
  return server.url;
}

export function rulesOf(kind: SizedKind, config: Pick<Config, 'controller'>): SizingRules {
  const { controller } = config;
  return {
    ...controller,
    capacity: capacityOf(kind, config),
    longestGapMs: GAP_INTERVALS * controller.sampleIntervalMs,
  };
}
