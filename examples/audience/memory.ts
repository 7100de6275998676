/** What viewers remember themselves: what they were shown and passed over, and what they have played. */
import { DAY_MS } from '../../domain/time.ts';

export interface ViewerMemory {
  /** 1 for what was never seen; halved by every few sightings that came to nothing, and recovering with time. */
  freshness(titleId: string, at: number): number;
  see(titleId: string, at: number): void;
  play(titleId: string): void;
  hasPlayed(titleId: string): boolean;
}

/** So many sightings halve the chance of a play. */
const HALVED_BY = 3;
/** After so long half of the sightings are forgotten. */
const FORGOTTEN_MS = 7 * DAY_MS;

export function createViewerMemory(): ViewerMemory {
  const sightings = new Map<string, { count: number; at: number }>();
  const played = new Set<string>();
  const countAt = (titleId: string, at: number): number => {
    const known = sightings.get(titleId);
    return known === undefined ? 0 : known.count * 2 ** (-Math.max(0, at - known.at) / FORGOTTEN_MS);
  };
  return {
    freshness: (titleId, at) => 2 ** (-countAt(titleId, at) / HALVED_BY),
    see(titleId, at) {
      sightings.set(titleId, { count: countAt(titleId, at) + 1, at });
    },
    play(titleId) {
      played.add(titleId);
      sightings.delete(titleId);
    },
    hasPlayed: (titleId) => played.has(titleId),
  };
}
