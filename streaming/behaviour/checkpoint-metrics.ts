/** What is told of checkpoints, by rule. */
import type { Metrics } from '../../infra/metrics.ts';
import type { MovableStatesDeps } from '../../infra/state/movable-keyed-states.ts';

type Told = Pick<MovableStatesDeps<unknown>, 'onCheckpoint' | 'onRestore' | 'onDiscarded' | 'onFailure'>;

export function createCheckpointMetrics(metrics: Pick<Metrics, 'counter'>): { of(rule: string): Told } {
  const written = metrics.counter(
    'marquee_behaviour_checkpoint_bytes_total',
    'Bytes of state put into checkpoints',
    ['rule'],
  );
  const failed = metrics.counter(
    'marquee_behaviour_checkpoint_failures_total',
    'Checkpoints that could not be written',
    ['rule'],
  );
  const discarded = metrics.counter(
    'marquee_behaviour_checkpoints_discarded_total',
    'Checkpoints that could not be read, by what was gone on from: the one before, the machine, or nothing',
    ['rule', 'gone_on_from'],
  );
  const restored = metrics.counter(
    'marquee_behaviour_restored_profiles_total',
    'Profiles restored from checkpoints',
    ['rule'],
  );
  return {
    of: (rule) => ({
      onCheckpoint: ({ bytes }) => written.inc({ rule }, bytes),
      onRestore: ({ rows }) => restored.inc({ rule }, rows),
      onDiscarded: (from) => discarded.inc({ rule, gone_on_from: from }),
      onFailure: () => failed.inc({ rule }),
    }),
  };
}
