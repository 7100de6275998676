/**
 * Completes records that the profile service was not there for: asks again, sends what it answers as records of their
 * own, and only then forgets them. A crash in between sends a completion again under its key, which changes nothing.
 */
import type { EventOwners } from '../../domain/erasure/book.ts';
import type { DerivedRecord } from '../../domain/events/derived.ts';
import type { Generation, ProfileId, Region } from '../../domain/ids.ts';
import { coordinatesText } from '../../domain/redrive.ts';
import type { ProfileAnswer } from '../../domain/side-inputs.ts';
import type { PendingCompletion, PendingCompletions } from '../../infra/state/extract-state.ts';

export interface CompleterDeps {
  readonly partition: number;
  readonly region: Region;
  readonly generation: Generation;
  readonly pending: PendingCompletions;
  /** An answer for each profile, within a deadline of its own. */
  readonly ask: (profileIds: readonly string[]) => Promise<ReadonlyMap<string, ProfileAnswer>>;
  /** Resolves when all of them are acknowledged. */
  readonly send: (partition: number, records: readonly DerivedRecord<'completions'>[]) => Promise<void>;
  /** Whose the partition's events are: records of who was erased are forgotten, not completed. */
  readonly owners?: EventOwners | undefined;
  /** Most records in one turn. */
  readonly batch: number;
  readonly now: () => number;
}

export interface Completer {
  /** Completes what it can of the next records in raw order, round and round; resolves with how many. */
  turn(): Promise<number>;
}

export function createCompleter(deps: CompleterDeps): Completer {
  const { partition, pending, batch, owners } = deps;
  const isErased = ({ profileId, rawOffset }: PendingCompletion): boolean =>
    owners !== undefined && owners.ownerOf(profileId as ProfileId, rawOffset) !== profileId;
  let after = -1;
  let version = 0;
  return {
    async turn() {
      const found = pending.after(partition, after, batch);
      // From the start again next time: who cannot be answered must not keep the others waiting.
      after = found.length < batch ? -1 : (found.at(-1)?.rawOffset ?? -1);
      const erased = found.filter(isErased).map(({ rawOffset }) => rawOffset);
      if (erased.length > 0) await pending.forget(partition, erased);
      const records = found.filter((record) => !isErased(record));
      if (records.length === 0) return 0;
      // A clock that is set back must not let an older answer hold.
      version = Math.max(deps.now(), version + 1);
      const answers = await deps.ask([...new Set(records.map(({ profileId }) => profileId))]);
      const completed: DerivedRecord<'completions'>[] = [];
      for (const record of records) {
        const answer = answers.get(record.profileId);
        if (answer?.answer === 'fresh' || answer?.answer === 'unknown') {
          completed.push(completionOf(record, answer, version, deps));
        }
      }
      if (completed.length === 0) return 0;
      await deps.send(partition, completed);
      await pending.forget(
        partition,
        completed.map(({ rawOffset }) => rawOffset),
      );
      return completed.length;
    },
  };
}

function completionOf(
  { rawOffset, topic, eventId, profileId, appendTime }: PendingCompletion,
  { answer, segment, maturity, country }: ProfileAnswer,
  version: number,
  { region, generation, partition }: CompleterDeps,
): DerivedRecord<'completions'> {
  return {
    upsertKey: coordinatesText({ region, generation, partition, offset: rawOffset }),
    // Of two answers the later one holds.
    version,
    appendTime,
    rawOffset,
    topic,
    eventId,
    profileId,
    profileAnswer: answer,
    ...(segment === undefined ? {} : { profileSegment: segment }),
    ...(maturity === undefined ? {} : { profileMaturity: maturity }),
    ...(country === undefined ? {} : { profileCountry: country }),
  };
}
