/** Profiles of whichever topic generation is read: state per profile goes over when that changes. */
import type { OpenProfileReader } from './profile-reader.ts';

export interface FollowedProfileReader extends OpenProfileReader {
  /** Reads from this one from now on, and closes the one before once what it was asked is answered. */
  moveTo(next: OpenProfileReader): void;
}

export function followProfiles(first: OpenProfileReader): FollowedProfileReader {
  let reader = first;
  const closing = new Set<Promise<void>>();
  const asked = new Map<OpenProfileReader, Set<Promise<unknown>>>();

  const ask = <T>(question: (of: OpenProfileReader) => Promise<T>): Promise<T> => {
    const of = reader;
    const pending = asked.get(of) ?? new Set<Promise<unknown>>();
    asked.set(of, pending);
    const answer = question(of);
    const settled = answer.catch(() => undefined).finally(() => pending.delete(settled));
    pending.add(settled);
    return answer;
  };
  const retire = async (one: OpenProfileReader): Promise<void> => {
    await Promise.all([...(asked.get(one) ?? [])]);
    asked.delete(one);
    await one.close();
  };

  return {
    memoryOf: (profile) => ask((of) => of.memoryOf(profile)),
    signalsOf: (profile) => ask((of) => of.signalsOf(profile)),
    titlePairsOf: (profile) => ask((of) => of.titlePairsOf(profile)),
    watchingOf: (profile) => ask((of) => of.watchingOf(profile)),
    rowsOf: (profile) => ask((of) => of.rowsOf(profile)),
    moveTo(next) {
      const before = reader;
      reader = next;
      const closed = retire(before).finally(() => closing.delete(closed));
      closing.add(closed);
    },
    async close() {
      await Promise.all([...closing, retire(reader)]);
    },
  };
}
