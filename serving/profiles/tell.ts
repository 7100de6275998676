/** What is known of a profile, as it is answered: with the names that the catalogue has. */
import type { ProfileId, TitleId } from '../../domain/ids.ts';
import { titleId } from '../../domain/ids.ts';
import { readNearlineRows, type NearlineRows } from '../../domain/nearline/rows.ts';
import type { EpochMs } from '../../domain/time.ts';
import { readTitlePairs, type TitlePairsState } from '../../domain/title-pairs.ts';
import { readWatching } from '../../domain/watching/read.ts';
import type { WatchingState } from '../../domain/watching/state.ts';
import type { NearlineAnswer, TitlePairsAnswer, WatchingAnswer } from './schemas.ts';

/** Null for a title that the catalogue does not have. */
export type NameOf = (id: string) => string | null;

export interface Teller {
  pairs(id: ProfileId, state: TitlePairsState, asOf: EpochMs, limit: number): TitlePairsAnswer;
  /** `limit` is for each of the lists. */
  watching(id: ProfileId, state: WatchingState, asOf: EpochMs, limit: number): WatchingAnswer;
  /** `limit` is for each row. */
  nearline(id: ProfileId, rows: NearlineRows, limit: number): NearlineAnswer;
}

export function createTeller(nameOf: NameOf): Teller {
  const named = (id: TitleId): { titleId: TitleId; name: string | null } => ({
    titleId: id,
    name: nameOf(id),
  });
  const withName = <T extends { readonly titleId: TitleId }>(one: T) => ({ ...one, ...named(one.titleId) });

  return {
    pairs(id, state, asOf, limit) {
      const pairs = readTitlePairs(state, asOf).slice(0, limit);
      return {
        profileId: id,
        asOf,
        pairs: pairs.map(({ titles, times, newest, strength }) => ({
          titles: titles.map((one) => named(titleId(one))),
          ...{ times, newest, strength },
        })),
      };
    },
    watching(id, state, asOf, limit) {
      const { watched, list, ratings } = readWatching(state, asOf);
      return {
        profileId: id,
        asOf,
        watched: watched.slice(0, limit).map(withName),
        list: list.slice(0, limit).map(withName),
        ratings: ratings.slice(0, limit).map(withName),
      };
    },
    nearline: (id, rows, limit) => ({
      profileId: id,
      rows: readNearlineRows(rows, limit).map(({ kind, subject, titles }) => ({
        kind,
        subject: subject === null ? null : named(subject),
        titles: titles.map(withName),
      })),
      cause: rows.cause,
      versions: rows.versions,
    }),
  };
}
