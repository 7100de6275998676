/** `/v1/profiles`: what is remembered of a profile. */
import { Router } from 'express';
import { MarqueeError } from '../../domain/errors.ts';
import { titleId, type ProfileId } from '../../domain/ids.ts';
import { isCapped, readMemory, seenWeight, type ImpressionCaps } from '../../domain/memory/read.ts';
import type { MemoryState } from '../../domain/memory/state.ts';
import { expiryOf, holding } from '../../domain/signals/signal.ts';
import { withDeadline } from '../api/deadline.ts';
import { readInput } from '../api/validate.ts';
import type { Catalogue } from '../catalogue.ts';
import type { ProfileReader } from './port.ts';
import {
  impressionsQuery,
  nearlineQuery,
  profilePath,
  titlePairsQuery,
  watchingQuery,
  type ImpressionsAnswer,
  type SignalsAnswer,
} from './schemas.ts';
import { createTeller } from './tell.ts';

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

  const teller = createTeller(nameOf);

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
    const state = await found(id, profiles.titlePairsOf(id));
    response.json(teller.pairs(id, state, now(), limit));
  });

  router.get('/v1/profiles/:id/watching', async (request, response) => {
    const { id } = readInput(profilePath, request.params);
    const { limit } = readInput(watchingQuery, request.query);
    const state = await found(id, profiles.watchingOf(id));
    response.json(teller.watching(id, state, now(), limit));
  });

  router.get('/v1/profiles/:id/nearline', async (request, response) => {
    const { id } = readInput(profilePath, request.params);
    const { limit } = readInput(nearlineQuery, request.query);
    response.json(teller.nearline(id, await found(id, profiles.rowsOf(id)), limit));
  });

  return router;
}
