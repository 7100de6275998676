/** The behaviour process: every rule with state per profile, each a consumer group of its own. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { sealedPredecessor } from '../../domain/generations.ts';
import type { KeyedFold } from '../../domain/keyed-fold.ts';
import { NEARLINE_ROWS } from '../../domain/nearline/nearline.ts';
import { WATCHING } from '../../domain/watching/watching.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { createStoredRegistry } from '../../infra/avro/registry.ts';
import type { Config } from '../../infra/config.ts';
import { maxRecordBytesOf, openKafka, openObjectStore, topicPlanOf } from '../../infra/connections.ts';
import { followErasures } from '../../infra/erasure/follow.ts';
import { createGenerationStore } from '../../infra/generations/store.ts';
import { serveProbes } from '../../infra/http/probe-server.ts';
import { createProducer } from '../../infra/kafka/producer.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { createMetrics } from '../../infra/metrics.ts';
import { openProfileCopying } from '../../infra/profile-store/open.ts';
import type { ServiceContext } from '../../infra/service.ts';
import { guardKeyedStates } from '../../infra/state/guarded-keyed-state.ts';
import { inheritKeyedStates } from '../../infra/state/inherited-keyed-states.ts';
import type { KeyedStates } from '../../infra/state/keyed-state.ts';
import { createLmdbKeyedStates } from '../../infra/state/lmdb-keyed-state.ts';
import {
  createMovableKeyedStates,
  type MovableStatesLimits,
} from '../../infra/state/movable-keyed-states.ts';
import { runKeyedStage, type KeyedStage } from '../keyed/stage.ts';
import { openNearline } from '../nearline/open.ts';
import { createCheckpointMetrics } from './checkpoint-metrics.ts';
import { behaviourFolds } from './folds.ts';

export async function startBehaviour(context: ServiceContext): Promise<void> {
  const { config, log, onClose, fail } = context;
  const { region, generation, dataDir, behaviour } = config;
  const metrics = createMetrics({ labels: { process: 'behaviour', region }, processMetrics: true });
  const folded = metrics.counter('marquee_behaviour_records_total', 'Clean records folded', [
    'rule',
    'topic',
  ]);
  const outputs = metrics.counter('marquee_behaviour_outputs_total', 'Records sent', ['rule', 'topic']);
  const lost = metrics.counter('marquee_behaviour_lost_records_total', 'Records that the log lost unread', [
    'rule',
  ]);
  const evicted = metrics.counter(
    'marquee_behaviour_evicted_total',
    'What full profiles lost, so that their answers may differ from those of the whole log',
    ['what'],
  );
  const checkpoints = createCheckpointMetrics(metrics);
  const lag = metrics.gauge('marquee_behaviour_lag_records', 'Clean records not yet folded', {
    labels: ['rule', 'topic', 'partition'],
  });
  const probes = await serveProbes(behaviour.metricsPort, metrics);
  onClose(probes.close);
  const store = openObjectStore(config);
  onClose(store.close);
  await store.ensureBucket();
  const history = await createGenerationStore(store, region).read();
  const predecessor = sealedPredecessor(history, generation, 'what is known of profiles');
  const codec = createCleanCodec(createStoredRegistry(store, region));
  await codec.publishSchemas();
  const kafka = openKafka(config, log);
  onClose(kafka.close);
  await ensureTopics(kafka, topicPlanOf(config));
  const producer = await createProducer(kafka, { maxRecordBytes: maxRecordBytesOf(config) });
  onClose(producer.close);

  const erasures = await followErasures({ config, store, kafka, log });
  onClose(erasures.close);

  const copying = openProfileCopying(config, { metrics, log, onClose });
  const statesOf = <S>(fold: KeyedFold<S>): KeyedStates<S> => {
    const rule = fold.name;
    const dir = join(dataDir, 'state', rule, `${region}.${generation}`);
    const guarded = guardKeyedStates(createLmdbKeyedStates<S>(dir, fold.version), dir, (partition, reason) =>
      log.warn(
        { rule, partition, reason },
        'state was torn and is discarded; its checkpoint or its topics are read again',
      ),
    );
    const inherited = { store, region, partitions: config.partitions, fold, log: log.child({ rule }) };
    const local = predecessor ? inheritKeyedStates(guarded, { ...inherited, predecessor }) : guarded;
    return createMovableKeyedStates({
      ...{ local, store, region, generation, fold, log: log.child({ rule }) },
      owner: `${hostname()}:${dataDir}`,
      limits: movableLimits(behaviour),
      ...checkpoints.of(rule),
    });
  };

  const run = <S>(
    fold: KeyedFold<S>,
    measured: (states: KeyedStates<S>) => KeyedStates<S> = (states) => states,
  ): KeyedStage => {
    const rule = fold.name;
    const states = measured(copying(fold, statesOf(fold)));
    onClose(states.close);
    const stage = runKeyedStage(
      {
        kafka,
        producer,
        codec,
        states,
        erasures: { ...erasures.book, underWay: erasures.underWay },
        region,
        generation,
        limits: {
          ...{ ...behaviour, cachedKeys: behaviour.cachedProfiles },
          storeIntervalMs: storeIntervalOf(config, rule),
        },
        log: log.child({ rule }),
        onProgress(topic, partition, records, behind) {
          folded.inc({ rule, topic }, records);
          lag.set({ rule, topic, partition: String(partition) }, behind);
        },
        onOutputs: (topic, records) => outputs.inc({ rule, topic }, records),
        onGap(gap) {
          lost.inc({ rule }, gap.found - gap.expected);
          log.error({ ...gap, rule }, 'records are gone before they were folded');
        },
      },
      fold,
    );
    stage.closed.catch(fail);
    return stage;
  };
  const onEvicted = (what: string, count: number): void => evicted.inc({ what }, count);
  const nearline = openNearline(context, { store, metrics });
  await nearline.ready;
  const stages = behaviourFolds(config, { onEvicted }).map((fold) => run(fold));
  stages.push(run(nearline.fold, nearline.measured));
  erasures.onBegun(async (profileId) => {
    for (const stage of stages) await stage.forget(profileId);
  });
  // Together: each may write a last checkpoint for a while.
  onClose(async () => {
    await Promise.allSettled(stages.map((stage) => stage.stop()));
  });
}

/** What serving reads for every page is stored sooner than the rest. */
function storeIntervalOf({ behaviour, watching, nearline }: Config, rule: string): number {
  if (rule === WATCHING.name) return watching.storeIntervalMs;
  return rule === NEARLINE_ROWS.name ? nearline.storeIntervalMs : behaviour.storeIntervalMs;
}

const movableLimits = (behaviour: Config['behaviour']): MovableStatesLimits => ({
  intervalMs: behaviour.checkpointIntervalMs,
  partBytes: behaviour.checkpointPartBytes,
  maxParts: behaviour.checkpointMaxParts,
  maxChanges: behaviour.checkpointMaxChanges,
  releaseMs: behaviour.releaseMs,
  handoverMs: behaviour.handoverMs,
});
