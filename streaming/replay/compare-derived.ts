/**
 * Holds replayed upserts against a live derived topic. Those of a fold over one topic must all be there, byte by byte;
 * those of a fold over several depend on how the logs were interleaved and must be equal in their final state, decayed
 * numbers to one in 10^9. Memory grows with the number of outputs, respectively of keys.
 */
import { isMarqueeError } from '../../domain/errors.ts';
import type { DerivedRecord } from '../../domain/events/derived.ts';
import { topicName, type DerivedTopic } from '../../domain/topics.ts';
import { readAll } from '../../infra/kafka/reader.ts';
import { printOf, valuesOf, type CompareDeps } from './compare-clean.ts';
import { firstDifference } from './final-state.ts';
import { createDifferences, type Comparison, type ReplayTarget } from './port.ts';

export interface DerivedComparer extends ReplayTarget {
  compare(): Promise<Comparison>;
}

type Visit = (record: DerivedRecord, key: Buffer, value: Buffer) => void;

async function readLive(deps: CompareDeps, topic: DerivedTopic, visit: Visit): Promise<void> {
  const { kafka, codec, region, generation } = deps;
  const reader = await readAll(kafka, {
    topic: topicName(region, generation, topic),
    live: false,
    async onRecords(batch) {
      await codec.learn(topic, valuesOf(batch));
      for (const { offset, key, value } of batch.records) {
        if (value === null) continue;
        const at = { partition: batch.partition, offset };
        try {
          visit(codec.decodeDerived(topic, value, at), key ?? Buffer.alloc(0), value);
        } catch (error) {
          if (!isMarqueeError(error, 'RECORD_CORRUPT')) throw error;
        }
      }
    },
  });
  await reader.caughtUp;
  await reader.stop();
}

/** Which rule a record is of, where several share a topic. */
const ruleOf = (record: DerivedRecord): unknown => (record as { readonly signal?: string }).signal;

/** For folds over one topic: the same records with the same bytes. Live ones sent again count once. */
export function createExactComparer(deps: CompareDeps, topic: DerivedTopic): DerivedComparer {
  const prints = new Map<string, number>();
  const rules = new Set<unknown>();
  let lastTime = 0;
  const nameOf = ({ upsertKey, version }: DerivedRecord): string => `${upsertKey} version ${version}`;
  return {
    take(outputs) {
      for (const { key, record, value } of outputs) {
        const derived = record as DerivedRecord;
        prints.set(nameOf(derived), printOf(key, value));
        rules.add(ruleOf(derived));
        lastTime = Math.max(lastTime, derived.appendTime);
      }
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
    async compare() {
      const found = createDifferences();
      const met = new Set<string>();
      await readLive(deps, topic, (record, key, value) => {
        const name = nameOf(record);
        if (met.has(name) || !rules.has(ruleOf(record))) return;
        const print = prints.get(name);
        if (print === undefined && record.appendTime > lastTime) return;
        met.add(name);
        if (print === undefined) found.differs(`${name} is live and not replayed`);
        else if (print === printOf(key, value)) found.same();
        else found.differs(`${name} has other bytes`);
      });
      for (const name of prints.keys()) if (!met.has(name)) found.differs(`${name} is replayed and not live`);
      return found.result();
    },
  };
}

/** What depends on how far and in which turns the logs were read, and says nothing of the answer. */
const PASSING: ReadonlySet<string> = new Set(['version', 'appendTime', 'isFinal']);

/** For folds over several topics: of each key the highest version, without what is passing. */
export function createFinalComparer(deps: CompareDeps, topic: DerivedTopic): DerivedComparer {
  const replayed = new Map<string, DerivedRecord>();
  const keepNewest = (into: Map<string, DerivedRecord>, record: DerivedRecord): void => {
    const known = into.get(record.upsertKey);
    if (known === undefined || known.version <= record.version) into.set(record.upsertKey, record);
  };
  return {
    take(outputs) {
      for (const { record } of outputs) keepNewest(replayed, record as DerivedRecord);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
    async compare() {
      const live = new Map<string, DerivedRecord>();
      await readLive(deps, topic, (record) => keepNewest(live, record));
      const found = createDifferences();
      for (const [key, record] of replayed) {
        const other = live.get(key);
        if (other === undefined) found.differs(`${key} is replayed and not live`);
        else {
          const difference = firstDifference(record, other, PASSING);
          if (difference === undefined) found.same();
          else found.differs(`${key}: ${difference}`);
        }
      }
      for (const key of live.keys()) if (!replayed.has(key)) found.differs(`${key} is live and not replayed`);
      return found.result();
    },
  };
}
