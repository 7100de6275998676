/** `/v1/profiles`: what is remembered of a profile. */
import { Router } from 'express';
import { MarqueeError } from '../../domain/errors.ts';
import type { ProfileId } from '../../domain/ids.ts';
import { isCapped, readMemory, seenWeight, type ImpressionCaps } from '../../domain/memory/read.ts';
import type { MemoryState } from '../../domain/memory/state.ts';
import { expiryOf, holding } from '../../domain/signals/signal.ts';
import { readInput } from '../api/validate.ts';
import type { Catalogue } from '../catalogue.ts';
import type { ProfileReader } from './port.ts';
import { impressionsQuery, profilePath, type ImpressionsAnswer, type SignalsAnswer } from './schemas.ts';

export interface ProfilesDeps {
  readonly profiles: ProfileReader;
  readonly catalogue: Pick<Catalogue, 'find'>;
  readonly caps: ImpressionCaps;
  readonly now: () => number;
}

export function createProfilesRouter({ profiles, catalogue, caps, now }: ProfilesDeps): Router {
  const router = Router();

  const tell = (id: ProfileId, memory: MemoryState, limit: number): ImpressionsAnswer => {
    const asOf = now();
    const titles = readMemory(memory, asOf);
    return {
      profileId: id,
      asOf,
      remembered: titles.length,
      titles: titles.slice(0, limit).map(({ titleId, playedAt = null, rows, ...seen }) => ({
        titleId,
        name: catalogue.find(titleId)?.name ?? null,
        ...seen,
        playedAt,
        capped: isCapped(memory, titleId, asOf, caps),
        weight: seenWeight(seen.counts.week, caps),
        rows: [...rows],
      })),
    };
  };

  router.get('/v1/profiles/:id/impressions', (request, response) => {
    const { id } = readInput(profilePath, request.params);
    const { limit } = readInput(impressionsQuery, request.query);
    const memory = profiles.memoryOf(id);
    if (memory === undefined) throw new MarqueeError('PROFILE_NOT_FOUND', { profileId: id });
    response.json(tell(id, memory, limit));
  });

  router.get('/v1/profiles/:id/signals', (request, response) => {
    const { id } = readInput(profilePath, request.params);
    const raised = profiles.signalsOf(id);
    if (raised === undefined) throw new MarqueeError('PROFILE_NOT_FOUND', { profileId: id });
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

  return router;
}
