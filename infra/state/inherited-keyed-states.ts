/**
 * State per profile that goes over to a new topic generation: a partition without state begins with what the last
 * checkpoint of its parent partition holds of the profiles that hash here, and reads its own topics from the start.
 */
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import { parentPartition, type GenerationRecord } from '../../domain/generations.ts';
import type { Region } from '../../domain/ids.ts';
import type { CleanTopic } from '../../domain/topics.ts';
import { partitionOfKey } from '../kafka/partitioner.ts';
import type { Log } from '../log.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { isBlank, type Manifest } from './checkpoint-manifest.ts';
import { BEFORE, createKeyedCheckpoints, NEWEST, type CheckpointPlace } from './keyed-checkpoints.ts';
import type { LogPosition } from './keyed-state.ts';
import type { LocalKeyedPartition, LocalKeyedStates, StateHead } from './local-keyed-state.ts';
import { createManifestObject } from './manifest-object.ts';
import { fillFrom, type ReadPart } from './restore-checkpoint.ts';

export interface InheritDeps {
  readonly store: ObjectStore;
  readonly region: Region;
  readonly predecessor: GenerationRecord;
  /** Partitions of the generation that begins. */
  readonly partitions: number;
  readonly fold: { readonly name: string; readonly version: number; readonly topics: readonly CleanTopic[] };
  readonly log: Log;
}

/** Keys of the states are profile ids, as those of the topics are. */
export function inheritKeyedStates<S>(local: LocalKeyedStates<S>, deps: InheritDeps): LocalKeyedStates<S> {
  return {
    ...local,
    partition(partition) {
      const own = local.partition(partition);
      return { ...own, head: async () => (await own.head()) ?? begin(own, partition, deps) };
    },
  };
}

/** A checkpoint that is torn will not mend: the partition begins with nothing, and it is said loudly. */
async function begin<S>(
  own: LocalKeyedPartition<S>,
  partition: number,
  deps: InheritDeps,
): Promise<StateHead | undefined> {
  try {
    return await inherit(own, partition, deps);
  } catch (error) {
    if (!isMarqueeError(error, 'CHECKPOINT_CORRUPT')) throw error;
    deps.log.error({ err: error, partition }, 'what the generation before knew is lost; state begins anew');
    return undefined;
  }
}

/** Undefined where the rule never ran in the generation before, in this version. */
async function inherit<S>(
  own: LocalKeyedPartition<S>,
  partition: number,
  deps: InheritDeps,
): Promise<StateHead | undefined> {
  const { store, region, predecessor, fold, log } = deps;
  const parent = parentPartition(partition, predecessor);
  const place = `${fold.name}/${predecessor.generation}/${parent}`;
  const prefix = `${region}/checkpoints/keyed/${place}/v${fold.version}`;
  const at: Place = { store, prefix, fold: fold.name, foldVersion: fold.version, log };
  const newest = await readManifest(at, NEWEST);
  if (newest !== undefined && newest !== 'torn') {
    refuseUnfinished(newest, parent, deps);
    const head = await takeOver(own, partition, newest, at, deps);
    if (head !== undefined) return head;
  }
  const before = await readManifest(at, BEFORE);
  if (newest === undefined && before === undefined) return undefined;
  const head =
    before === undefined || before === 'torn' || isBlank(before)
      ? undefined
      : await takeOver(own, partition, before, at, deps);
  if (head === undefined)
    throw new MarqueeError('CHECKPOINT_CORRUPT', { key: prefix, reason: 'nor can the one before be read' });
  const { positions } = before as Manifest;
  log.error(
    { partition, parent, positions },
    'what the generation before knew after its last checkpoint but one is lost',
  );
  return head;
}

type Place = Omit<CheckpointPlace, 'owner'>;

/** Undefined where the checkpoint is torn. */
async function takeOver<S>(
  own: LocalKeyedPartition<S>,
  partition: number,
  from: Manifest,
  at: Place,
  { predecessor, partitions, fold, log }: InheritDeps,
): Promise<StateHead | undefined> {
  const { readPart } = createKeyedCheckpoints({ ...at, owner: from.owner });
  const readOwn: ReadPart = async (part) =>
    (await readPart(part)).filter(({ key }) => partitionOfKey(key, partitions) === partition);
  // The epoch is the parent's, so that every later owner here outranks it.
  const head = { epoch: from.epoch, positions: startsAfter(from, fold.topics), commits: 1 };
  try {
    const entries = await own.restore(head, (into) => fillFrom(from, readOwn, into));
    log.info({ partition, entries, from: predecessor.generation }, 'state goes on from the parent partition');
  } catch (error) {
    if (!isMarqueeError(error, 'CHECKPOINT_CORRUPT')) throw error;
    log.warn({ err: error, partition }, 'checkpoint of the parent partition is torn');
    return undefined;
  }
  return own.head();
}

const readManifest = (at: Place, which: string): Promise<Manifest | 'torn' | undefined> =>
  createManifestObject({ ...at, key: `${at.prefix}/${which}` }).read();

/** The last owner's last checkpoint comes a while after its last record: at its interval, or when it stops. */
function refuseUnfinished({ positions }: Manifest, parent: number, { predecessor, fold }: InheritDeps): void {
  const isBehind = fold.topics.some(
    (topic) => (positions[topic]?.next ?? 0) < (predecessor.ends[topic]?.[parent] ?? 0),
  );
  if (!isBehind) return;
  const what = `${fold.name}, whose last checkpoint of partition ${parent} is still to come,`;
  throw new MarqueeError('GENERATION_NOT_SEALED', { generation: predecessor.generation, what });
}

/** Offsets and raw offsets begin anew, the log's time goes on. */
function startsAfter({ positions }: Manifest, topics: readonly CleanTopic[]): Record<string, LogPosition> {
  return Object.fromEntries(
    topics.map((topic) => [topic, { next: 0, rawHigh: -1, logTime: positions[topic]?.logTime ?? 0 }]),
  );
}
