/** Folds the events of some profiles anew by a rule of the live lane, and holds its words against those that there are. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { wordAfter, type WordChange } from '../../domain/backfills/derived-words.ts';
import type { DerivedRule } from '../../domain/backfills/leaves.ts';
import { DERIVED_FIELDS, type DerivedRecord } from '../../domain/events/derived.ts';
import type { Generation, ProfileId } from '../../domain/ids.ts';
import type { KeyedFold } from '../../domain/keyed-fold.ts';
import { SIGNALS, type SignalName } from '../../domain/signals/registry.ts';
import type { EpochMs } from '../../domain/time.ts';
import { DERIVED_TOPICS, type CleanTopic, type DerivedTopic } from '../../domain/topics.ts';
import type { CleanCodec } from '../../infra/avro/codec.ts';
import type { Config } from '../../infra/config.ts';
import { quoteText } from '../../infra/duckdb/connection.ts';
import type { ColumnSet } from '../../infra/duckdb/columns.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { DERIVED_TABLES, snakeCase } from '../../infra/lake/tables.ts';
import { createLmdbKeyedStates } from '../../infra/state/lmdb-keyed-state.ts';
import { behaviourFolds } from '../behaviour/folds.ts';
import type { CleanSource } from './clean-log.ts';
import { cleanSelection } from './clean-rows.ts';
import { replayKeyed } from './keyed.ts';
import { rangesOf } from './ranges.ts';

export interface WordsDeps {
  readonly lake: DuckDbLake;
  readonly codec: CleanCodec;
  readonly config: Config;
}

export interface WordsOrder {
  readonly rule: DerivedRule;
  readonly generation: Generation;
  /** In memory are the words about all of them. */
  readonly profiles: readonly ProfileId[];
  /** Parquet files: whole histories of the profiles, and the newest words. */
  readonly clean: Readonly<Partial<Record<CleanTopic, string>>>;
  readonly words: string | undefined;
  /** By partition: words that were led to later are left as they are, since what led to them may not be there whole. */
  readonly until: ReadonlyMap<number, EpochMs>;
  /** Folder for state, which is removed. */
  readonly dir: string;
  /** Called now and then; throws to end it. */
  readonly onProgress: () => void;
}

/** A word that has to follow, and where. */
export interface PlacedWord {
  readonly topic: DerivedTopic;
  readonly partition: number;
  readonly key: ProfileId;
  readonly record: DerivedRecord;
  readonly change: WordChange;
}

export interface WordsAnew {
  readonly counts: Readonly<Record<WordChange, number>>;
  /** By partition and upsert key. */
  readonly words: readonly PlacedWord[];
}

type Words = Map<string, DerivedRecord>;

export async function wordsAnew(deps: WordsDeps, order: WordsOrder): Promise<WordsAnew> {
  const { rule, profiles } = order;
  const fold = behaviourFolds(deps.config).find(({ name }) => name === rule.rule)!;
  const topic = DERIVED_TOPICS.find((one) => DERIVED_TABLES[one] === rule.what)!;
  const isTouched = new Set<string>(profiles);
  const standing = await standingWords(deps.lake, order, topic);
  const folded = await foldedWords(deps, order, fold, isTouched);
  const counts = { same: 0, changed: 0, added: 0, withdrawn: 0, stranded: 0, waiting: 0 };
  const words: PlacedWord[] = [];
  const partitions = new Set([...standing.keys(), ...folded.keys()]);
  for (const partition of [...partitions].sort((a, b) => a - b)) {
    const [before, after] = [standing.get(partition) ?? NONE, folded.get(partition) ?? NONE];
    for (const upsertKey of [...new Set([...before.keys(), ...after.keys()])].sort()) {
      const [one, other] = [before.get(upsertKey), after.get(upsertKey)];
      if (newestOf(one, other) > (order.until.get(partition) ?? -Infinity)) continue;
      const { change, word } = wordAfter(one, other);
      counts[change] += 1;
      if (word !== undefined) words.push({ topic, partition, key: profileOf(word), record: word, change });
    }
  }
  return { counts, words };
}

const newestOf = (...words: readonly (DerivedRecord | undefined)[]): EpochMs =>
  Math.max(...words.map((word) => word?.appendTime ?? -Infinity));
const NONE: Words = new Map();
const profileOf = (record: DerivedRecord): ProfileId => (record as { profileId?: ProfileId }).profileId!;

async function foldedWords(
  { lake, codec, config }: WordsDeps,
  { generation, clean, dir, onProgress }: WordsOrder,
  fold: KeyedFold<unknown>,
  isTouched: ReadonlySet<string>,
): Promise<Map<number, Words>> {
  const sources = new Map<number, CleanSource[]>();
  for (const [topic, path] of Object.entries(clean) as [CleanTopic, string][]) {
    const reference = `read_parquet(${quoteText(path)})`;
    for (const range of await rangesOf(lake, topic, reference, generation, {}))
      sources.set(range.partition, [...(sources.get(range.partition) ?? []), { topic, reference, range }]);
  }
  const scratch = await mkdtemp(join(dir, 'states-'));
  const states = createLmdbKeyedStates<unknown>(scratch, fold.version);
  const found = new Map<number, Words>();
  const target = {
    take(outputs: readonly { readonly partition: number; readonly record: object }[]) {
      onProgress();
      for (const { partition, record } of outputs) {
        const word = record as DerivedRecord;
        if (!isTouched.has(profileOf(word))) continue;
        const words = found.get(partition) ?? new Map<string, DerivedRecord>();
        found.set(partition, words.set(word.upsertKey, word));
      }
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  try {
    const cachedKeys = config.behaviour.cachedProfiles;
    for (const [partition, ofPartition] of sources) {
      const laneDeps = { lake, codec, fold, target, cachedKeys, states: states.partition(partition) };
      await replayKeyed(laneDeps, partition, ofPartition);
      onProgress();
    }
  } finally {
    await states.close();
    await rm(scratch, { recursive: true, force: true });
  }
  return found;
}

/** Those of the rule: others may share its table. */
async function standingWords(
  lake: DuckDbLake,
  { rule, words: path }: WordsOrder,
  topic: DerivedTopic,
): Promise<Map<number, Words>> {
  const found = new Map<number, Words>();
  if (path === undefined) return found;
  const rows = await lake.read((connection) =>
    connection.query(
      `SELECT "partition" AS at_partition, ${cleanSelection(rule.what)} FROM read_parquet(${quoteText(path)})`,
    ),
  );
  for (let row = 0; row < rows.rowCount; row += 1) {
    const word = wordAt(rows, row, topic);
    const { signal } = word as { signal?: SignalName };
    if (signal !== undefined && !rule.from.includes(SIGNALS[signal].topic)) continue;
    const partition = Number(rows.columns['at_partition']!.values[row]);
    const words = found.get(partition) ?? new Map<string, DerivedRecord>();
    found.set(partition, words.set(word.upsertKey, word));
  }
  return found;
}

function wordAt({ columns }: ColumnSet, row: number, topic: DerivedTopic): DerivedRecord {
  const fields = Object.entries(DERIVED_FIELDS[topic]).flatMap(([field, { type }]) => {
    const column = columns[snakeCase(field)]!;
    const value = column.values[row];
    const isNull = value === null || (column.kind === 'numeric' && column.nulls?.[row] === 1);
    return isNull ? [] : [[field, type === 'string' ? String(value) : Number(value)] as const];
  });
  return Object.fromEntries(fields) as unknown as DerivedRecord;
}
