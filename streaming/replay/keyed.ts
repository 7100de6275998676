/** Replays a fold with state per key over clean records of the lake, through the live stage's own lane. */
import type { KeyedFold } from '../../domain/keyed-fold.ts';
import type { DerivedTopic } from '../../domain/topics.ts';
import type { CleanCodec } from '../../infra/avro/codec.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import type { KeyedPartition } from '../../infra/state/keyed-state.ts';
import { createKeyedLane, type KeyedOutput } from '../keyed/lane.ts';
import { mergeClean, type CleanSource } from './clean-log.ts';
import type { ReplayOutput, ReplayTarget } from './port.ts';

export interface KeyedReplayDeps<S> {
  readonly lake: DuckDbLake;
  readonly codec: CleanCodec;
  readonly fold: KeyedFold<S>;
  /** Of the replay's own, empty. */
  readonly states: KeyedPartition<S>;
  readonly cachedKeys: number;
  readonly target: ReplayTarget;
}

/** Folds one partition; answers how many clean records it took. */
export async function replayKeyed<S>(
  { lake, codec, fold, states, cachedKeys, target }: KeyedReplayDeps<S>,
  partition: number,
  sources: readonly CleanSource[],
): Promise<number> {
  const lane = createKeyedLane({
    fold,
    partition,
    states,
    cachedKeys,
    emit: (outputs) => target.take(outputs.map((output) => encoded(codec, fold.output, partition, output))),
  });
  for (const { topic, range } of sources) {
    await lane.open(topic);
    lane.skipTo(topic, range.from);
  }
  let taken = 0;
  for await (const { topic, records, isLast } of mergeClean(lake, sources)) {
    await lane.process(topic, records);
    taken += records.length;
    if (isLast) lane.idle(topic);
  }
  await lane.store();
  return taken;
}

function encoded(
  codec: CleanCodec,
  topic: DerivedTopic | undefined,
  partition: number,
  { key, record }: KeyedOutput<DerivedTopic>,
): ReplayOutput {
  if (topic === undefined) throw new RangeError('a fold without a topic has outputs');
  return { topic, partition, key, record, value: codec.encodeDerived(topic, record) };
}
