/** A small audience of sharp tastes, which behaves as examples/audience does: what a model is worth shows within few pages. */
import { EVERYWHERE, type CatalogueEntry } from '../../../domain/catalogue.ts';
import { titleId } from '../../../domain/ids.ts';
import type { AudienceEvent } from '../../../examples/audience/page.ts';
import type { Viewer } from '../../../examples/audience/tastes.ts';

const TASTES = 5;
const TITLES = 200;
const VIEWERS = 60;
/** Titles that each viewer watched before: of one taste, and others than those of their neighbours. */
const WATCHED = 10;

export const TITLE_IDS = Array.from({ length: TITLES }, (_, n) => `t${String(n).padStart(3, '0')}`);
/** By number, so that nothing but what is watched together tells tastes apart. */
const tasteOf = (title: string): number => Number(title.slice(1)) % TASTES;

export const CATALOGUE: readonly CatalogueEntry[] = TITLE_IDS.map((id) => ({
  ...{ titleId: titleId(id), kind: 'film', name: `Film ${id}`, genres: ['Drama'], year: 2000 },
  ...{ runtimeSeconds: 6000, launchTime: null, parentId: null, availability: EVERYWHERE },
}));

export const SHARP_VIEWERS: readonly Viewer[] = Array.from({ length: VIEWERS }, (_, n) => ({
  ...{ profileId: `viewer-${n}`, country: 'US', device: 'tv', appVersion: '1.0.0', sessionsPerDay: 1 },
  ...{ history: [], wanted: new Map() },
  appeal: (title) => (tasteOf(title) === n % TASTES ? 0.3 : 0.004),
}));

/** What the audience watched before it comes, finished. */
export function historyOf(now: number): AudienceEvent[] {
  return SHARP_VIEWERS.flatMap(({ profileId, country, device }, n) =>
    Array.from({ length: WATCHED }, (_, nth): AudienceEvent[] => {
      const title = TITLE_IDS[(TASTES * (nth * 3 + Math.floor(n / TASTES)) + (n % TASTES)) % TITLES]!;
      const eventTime = now - (WATCHED - nth) * 3_600_000;
      const about = { profileId, country, device, titleId: title, durationSeconds: 6000 };
      const play = { ...about, playId: `${profileId}-before-${nth}`, titleKind: 'film' };
      return [
        { kind: 'play_start', eventId: `${profileId}-${nth}-a`, eventTime, ...play, positionSeconds: 0 },
        {
          ...{ kind: 'play_stop', eventId: `${profileId}-${nth}-b`, eventTime: eventTime + 1000 },
          ...{ ...play, positionSeconds: 5900, viewedSeconds: 5900 },
        },
      ];
    }).flat(),
  );
}
