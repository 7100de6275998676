/** Works out anew, rule by rule, what the live lane's folds had worked out of events that a backfill changes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeriveOrder } from '../../activities/backfilling.ts';
import type { EventsJob } from '../../batch/backfill/events-job.ts';
import { changedTopics } from '../../batch/backfill/overlay.ts';
import type { DerivedChange, WordChange } from '../../domain/backfills/derived-words.ts';
import { rulesOver, type DerivedRule } from '../../domain/backfills/leaves.ts';
import type { ErasureBook } from '../../domain/erasure/book.ts';
import { isSurrogate } from '../../domain/erasure/tombstone.ts';
import { MarqueeError } from '../../domain/errors.ts';
import type { Generation, ProfileId } from '../../domain/ids.ts';
import { topicName } from '../../domain/topics.ts';
import {
  wordsAnew,
  type PlacedWord,
  type WordsAnew,
  type WordsDeps,
} from '../../streaming/replay/words-anew.ts';
import type { LogProducer, OutgoingMessage } from '../kafka/producer-port.ts';

export interface DeriveDeps extends WordsDeps {
  readonly job: Pick<EventsJob, 'touched' | 'otherGenerations' | 'derivedRows'>;
  /** The erasures that there are at that moment. */
  readonly readBook: () => Promise<Erasures>;
  readonly send: LogProducer['send'];
}

type Erasures = Pick<ErasureBook, 'ownerAt'>;

/** Profiles whose histories and words are on disk and in memory at a time. */
const PROFILES_AT_ONCE = 20_000;
const SENT_AT_ONCE = 500;
const NOTHING: Readonly<Record<WordChange, number>> = {
  ...{ same: 0, changed: 0, added: 0, withdrawn: 0, stranded: 0, waiting: 0 },
};

/**
 * Done again, the same words are sent, or none. Rules without a profile whose events change are left out, and those that
 * batch/backfill/leaves.ts tells as left. Throws GENERATION_REFUSED, before anything is sent, where the live lane has gone on
 * to another generation than the plan's.
 */
export async function deriveAnew(deps: DeriveDeps, order: DeriveOrder): Promise<readonly DerivedChange[]> {
  const changes: DerivedChange[] = [];
  const rules = rulesOver(order.order, changedTopics(order));
  if (rules.length > 0) assertInUse(order.plan.generation, deps.config.generation);
  const book = await deps.readBook();
  for (const rule of rules) {
    const profiles = (await deps.job.touched(order, rule)).filter((id) => !isErased(book, id));
    if (profiles.length === 0 || (await deps.job.otherGenerations(order, rule))) continue;
    let counts = NOTHING;
    for (let from = 0; from < profiles.length; from += PROFILES_AT_ONCE) {
      const some = profiles.slice(from, from + PROFILES_AT_ONCE);
      const found = await foldAnew(deps, order, rule, some);
      counts = added(counts, found.counts);
      if (order.isDryRun) continue;
      for (const { change } of await say(deps, order, found.words))
        counts = { ...counts, [change]: counts[change] - 1 };
    }
    changes.push({ what: rule.what, rule: rule.rule, profiles: profiles.length, ...counts });
  }
  return changes;
}

function assertInUse(planned: Generation, inUse: Generation): void {
  if (planned === inUse) return;
  const reason = `processes are in ${inUse} by now, and would not know of it`;
  throw new MarqueeError('GENERATION_REFUSED', { generation: planned, wanted: 'put right', reason });
}

/** What was erased of a profile is in its events no more, and in its words a little still: those stay as they are. */
const isErased = (book: Erasures, id: ProfileId): boolean => isSurrogate(id) || book.ownerAt(id, 0) !== id;

async function foldAnew(
  deps: DeriveDeps,
  order: DeriveOrder,
  rule: DerivedRule,
  profiles: readonly ProfileId[],
): Promise<WordsAnew> {
  const dir = await mkdtemp(join(order.dir, 'derive-'));
  try {
    const { clean, words, until } = await deps.job.derivedRows(order, rule, profiles, dir);
    const settled = new Map(
      [...until].map(([partition, ms]) => [partition, ms - deps.config.backfill.settleMs]),
    );
    const { generation } = order.plan;
    const { onProgress } = order;
    return await wordsAnew(deps, {
      rule,
      generation,
      profiles,
      clean,
      words,
      until: settled,
      dir,
      onProgress,
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Returns what was not said, since its profile was erased meanwhile: it must not come back. */
async function say(
  { codec, config, readBook, send }: DeriveDeps,
  { plan, onProgress }: DeriveOrder,
  words: readonly PlacedWord[],
): Promise<readonly PlacedWord[]> {
  const unsaid: PlacedWord[] = [];
  for (let from = 0; from < words.length; from += SENT_AT_ONCE) {
    const book = await readBook();
    const all = words.slice(from, from + SENT_AT_ONCE);
    unsaid.push(...all.filter(({ key }) => isErased(book, key)));
    const some = all.filter(({ key }) => !isErased(book, key));
    if (some.length === 0) continue;
    const messages = some.map(({ topic, partition, key, record }): OutgoingMessage => ({
      ...{ partition, key, value: codec.encodeDerived(topic, record) },
    }));
    await send([{ topic: topicName(config.region, plan.generation, some[0]!.topic), messages }]);
    onProgress();
  }
  return unsaid;
}

const added = (a: typeof NOTHING, b: typeof NOTHING): typeof NOTHING => ({
  ...{ same: a.same + b.same, changed: a.changed + b.changed, added: a.added + b.added },
  ...{ withdrawn: a.withdrawn + b.withdrawn, stranded: a.stranded + b.stranded },
  waiting: a.waiting + b.waiting,
});
