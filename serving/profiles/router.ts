/** `/v1/profiles`: what is remembered of a profile. */
import { Router } from 'express';
import { MarqueeError } from '../../domain/errors.ts';
import { titleId, type ProfileId, type TitleId } from '../../domain/ids.ts';
import { isCapped, readMemory, seenWeight, type ImpressionCaps } from '../../domain/memory/read.ts';
import type { MemoryState } from '../../domain/memory/state.ts';
import { expiryOf, holding } from '../../domain/signals/signal.ts';
import { readTitlePairs, type TitlePairsState } from '../../domain/title-pairs.ts';
import { readWatching } from '../../domain/watching/read.ts';
import type { WatchingState } from '../../domain/watching/state.ts';
import { withDeadline } from '../api/deadline.ts';
import { readInput } from '../api/validate.ts';
import type { Catalogue } from '../catalogue.ts';
import type { ProfileReader } from './port.ts';
import {
  impressionsQuery,
  profilePath,
  titlePairsQuery,
  type ImpressionsAnswer,
  type SignalsAnswer,
  watchingQuery,
  type TitlePairsAnswer,
  type WatchingAnswer,
} from './schemas.ts';

export interface ProfilesDeps {
  readonly profiles: ProfileReader;
  readonly catalogue: Pick<Catalogue, 'find'>;
  readonly caps: ImpressionCaps;
  /** The time a store may take to answer. */
  readonly profilesDeadlineMs: number;
  readonly now: () => number;
}

export function createProfilesRouter(deps: ProfilesDeps): Router {
  const { profiles, catalogue, caps, profilesDeadlineMs, now } = deps;
  const router = Router();

  /** Throws PROFILE_NOT_FOUND for nothing, and PROFILES_UNAVAILABLE for no answer in time. */
  async function found<S>(id: ProfileId, asked: Promise<S | undefined>): Promise<S> {
    const state = await withDeadline(asked, profilesDeadlineMs, () => {
      const reason = `it did not answer within ${profilesDeadlineMs} ms`;
      return new MarqueeError('PROFILES_UNAVAILABLE', { reason });
    });
    if (state === undefined) throw new MarqueeError('PROFILE_NOT_FOUND', { profileId: id });
    return state;
  }

  const tell = (id: ProfileId, memory: MemoryState, limit: number): ImpressionsAnswer => {
    const asOf = now();
    const titles = readMemory(memory, asOf);
    return {
      profileId: id,
      asOf,
      remembered: titles.length,
      titles: titles.slice(0, limit).map(({ titleId: id, playedAt = null, rows, ...seen }) => ({
        titleId: id,
        name: nameOf(id),
        ...seen,
        playedAt,
        capped: isCapped(memory, id, asOf, caps),
        weight: seenWeight(seen.counts.week, caps),
        rows: [...rows],
      })),
    };
  };

  const nameOf = (id: string): string | null => catalogue.find(titleId(id))?.name ?? null;

  const tellPairs = (id: ProfileId, state: TitlePairsState, limit: number): TitlePairsAnswer => {
    const asOf = now();
    const pairs = readTitlePairs(state, asOf).slice(0, limit);
    return {
      profileId: id,
      asOf,
      pairs: pairs.map(({ titles, times, newest, strength }) => ({
        titles: titles.map((one) => ({ titleId: one, name: nameOf(one) })),
        ...{ times, newest, strength },
      })),
    };
  };

  const named = (id: TitleId): { titleId: TitleId; name: string | null } => ({
    titleId: id,
    name: nameOf(id),
  });

  /** `limit` is for each of the lists. */
  const tellWatching = (id: ProfileId, state: WatchingState, limit: number): WatchingAnswer => {
    const asOf = now();
    const { watched, list, ratings } = readWatching(state, asOf);
    return {
      profileId: id,
      asOf,
      watched: watched.slice(0, limit).map((one) => ({ ...one, ...named(one.titleId) })),
      list: list.slice(0, limit).map((one) => ({ ...one, ...named(one.titleId) })),
      ratings: ratings.slice(0, limit).map((one) => ({ ...one, ...named(one.titleId) })),
    };
  };

  router.get('/v1/profiles/:id/impressions', async (request, response) => {
    const { id } = readInput(profilePath, request.params);
    const { limit } = readInput(impressionsQuery, request.query);
    response.json(tell(id, await found(id, profiles.memoryOf(id)), limit));
  });

  router.get('/v1/profiles/:id/signals', async (request, response) => {
    const { id } = readInput(profilePath, request.params);
    const raised = await found(id, profiles.signalsOf(id));
    const asOf = now();
    const signals = holding(raised, asOf).map((signal) => ({
      signal: signal.name,
      subject: signal.subject,
      eventTime: signal.eventTime,
      expiresAt: expiryOf(signal),
      value: signal.value,
      detail: JSON.parse(signal.detail) as Record<string, unknown>,
    }));
    response.json({ profileId: id, asOf, signals } satisfies SignalsAnswer);
  });

  router.get('/v1/profiles/:id/title-pairs', async (request, response) => {
    const { id } = readInput(profilePath, request.params);
    const { limit } = readInput(titlePairsQuery, request.query);
    response.json(tellPairs(id, await found(id, profiles.titlePairsOf(id)), limit));
  });

  router.get('/v1/profiles/:id/watching', async (request, response) => {
    const { id } = readInput(profilePath, request.params);
    const { limit } = readInput(watchingQuery, request.query);
    response.json(tellWatching(id, await found(id, profiles.watchingOf(id)), limit));
  });

  return router;
}
