/**
 * Holds replayed upserts against a live derived topic. Those of a fold over one topic must all be there, byte by byte;
 * those of a fold over several depend on how the logs were interleaved and must be equal in their final state, decayed
 * numbers to one in 10^9. The live lane is ahead of the lake: what records past the replay led to is left out. Where the
 * live topic has lost its beginning, nothing is missing before what it has. Memory grows with the number of outputs,
 * respectively of keys.
 */
import type { DerivedRecord } from '../../domain/events/derived.ts';
import type { EpochMs } from '../../domain/time.ts';
import { MERGE_SLACK_MS } from './clean-log.ts';
import { printOf } from './compare-clean.ts';
import { firstDifference } from './final-state.ts';
import type { LiveSide } from './live-side.ts';
import { createDifferences, type Comparison, type ReplayTarget } from './port.ts';

export interface DerivedComparer extends ReplayTarget {
  /** `lastTimes`: append time of the last record replayed in each partition. */
  compare(live: LiveSide, lastTimes: ReadonlyMap<number, EpochMs>): Promise<Comparison>;
}

/** Which rule a record is of, where several share a topic. */
const ruleOf = (record: DerivedRecord): unknown => (record as { readonly signal?: string }).signal;

interface Replayed {
  readonly partition: number;
  readonly record: DerivedRecord;
}

/** Append time of the earliest live record of each partition. */
function createOldest() {
  const oldest = new Map<number, EpochMs>();
  return {
    see: (partition: number, { appendTime }: DerivedRecord): void =>
      void oldest.set(partition, Math.min(oldest.get(partition) ?? Infinity, appendTime)),
    of: (partition: number): EpochMs => oldest.get(partition) ?? Infinity,
  };
}

/** For folds over one topic: the same records with the same bytes. Live ones sent again count once. */
export function createExactComparer(): DerivedComparer {
  const prints = new Map<
    string,
    { readonly partition: number; readonly appendTime: EpochMs; print: number }
  >();
  const rules = new Set<unknown>();
  const nameOf = ({ upsertKey, version }: DerivedRecord): string => `${upsertKey} version ${version}`;
  return {
    take(outputs) {
      for (const { partition, key, record, value } of outputs) {
        const derived = record as DerivedRecord;
        const { appendTime } = derived;
        prints.set(nameOf(derived), { partition, appendTime, print: printOf(key, value) });
        rules.add(ruleOf(derived));
      }
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
    async compare(live, lastTimes) {
      const found = createDifferences();
      const met = new Set<string>();
      const oldest = createOldest();
      /** Live records that were not replayed, of the last append time that was, or later. */
      const late: { readonly name: string; readonly partition: number }[] = [];
      await live.words(({ partition, record, key, value }) => {
        if (!rules.has(ruleOf(record))) return;
        oldest.see(partition, record);
        const name = nameOf(record);
        if (met.has(name)) return;
        met.add(name);
        const print = prints.get(name)?.print;
        if (print === printOf(key, value)) found.same();
        else if (print !== undefined) found.differs(`${name} has other bytes`);
        else if (record.appendTime >= (lastTimes.get(partition) ?? -Infinity)) late.push({ name, partition });
        else found.differs(`${name} is live and not replayed`);
      });
      const [goingOn, truncated] = [await live.goingOn(), await live.truncated()];
      for (const { name, partition } of late)
        if (!goingOn.has(partition)) found.differs(`${name} is live and not replayed`);
      for (const [name, { partition, appendTime }] of prints) {
        if (met.has(name) || (truncated.has(partition) && appendTime <= oldest.of(partition))) continue;
        found.differs(`${name} is replayed and not live`);
      }
      return found.result();
    },
  };
}

/** What depends on how far and in which turns the logs were read, and says nothing of the answer. */
const PASSING: ReadonlySet<string> = new Set(['version', 'appendTime', 'isFinal']);

/** Who a record is about, by whom the state of the fold is kept. */
const profileOf = (record: DerivedRecord): string =>
  (record as { readonly profileId?: string }).profileId ?? '';

/** For folds over several topics: of each key the highest version, without what is passing. */
export function createFinalComparer(): DerivedComparer {
  const replayed = new Map<string, Replayed>();
  const keepNewest = (into: Map<string, Replayed>, one: Replayed): void => {
    const known = into.get(one.record.upsertKey);
    if (known === undefined || known.record.version <= one.record.version)
      into.set(one.record.upsertKey, one);
  };
  return {
    take(outputs) {
      for (const { partition, record } of outputs)
        keepNewest(replayed, { partition, record: record as DerivedRecord });
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
    async compare(live) {
      const words = new Map<string, Replayed>();
      const oldest = createOldest();
      await live.words(({ partition, record }) => {
        oldest.see(partition, record);
        keepNewest(words, { partition, record });
      });
      // Asked after the words: whatever led to one of them that was not replayed is in the log by now.
      const [touched, truncated] = [await live.touched(), await live.truncated()];
      const found = createDifferences();
      for (const [key, { partition, record }] of replayed) {
        const other = words.get(key);
        if (touched.has(profileOf(record))) continue;
        if (other !== undefined) {
          const difference = firstDifference(record, other.record, PASSING);
          if (difference === undefined) found.same();
          else found.differs(`${key}: ${difference}`);
        } else if (!truncated.has(partition) || record.appendTime > oldest.of(partition) + MERGE_SLACK_MS) {
          found.differs(`${key} is replayed and not live`);
        }
      }
      for (const [key, { record }] of words) {
        if (replayed.has(key) || touched.has(profileOf(record))) continue;
        found.differs(`${key} is live and not replayed`);
      }
      return found.result();
    },
  };
}
