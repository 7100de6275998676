/** What is asked for, drawn anew each time. */
import { createRandom } from '../../../domain/random.ts';
import { KNOWN_PROFILES, profileOf, titleOf } from './published.ts';

/** As many again as are known. */
const MOST_PROFILES = 2 * KNOWN_PROFILES;
/** Of the titles in the catalogue the first so many. */
const ASKED_TITLES = 300;
const COUNTRIES = ['DE', 'US'] as const;

const homeOf = (profile: string, country: string): string =>
  `/v1/profiles/${profile}/home?country=${country}`;

/** Half of them home pages; rows for all and for one, similar titles, and pages that say why. */
export function mixedRequests(seed: number): () => string {
  const random = createRandom(seed);
  return () => {
    const profile = profileOf(random.below(MOST_PROFILES));
    const country = COUNTRIES[random.below(COUNTRIES.length)]!;
    switch (random.below(12)) {
      case 0:
        return `/v1/rows/trending?window=1h&country=${country}`;
      case 1:
        return `/v1/rows/popular?country=${country}`;
      case 2:
        return `/v1/profiles/${profile}/rows/top-picks?country=${country}`;
      case 3:
        return `/v1/profiles/${profile}/rows/trending?country=${country}`;
      case 4:
        return `/v1/titles/${titleOf(random.below(ASKED_TITLES))}/similar?country=${country}`;
      case 5:
        return `${homeOf(profile, country)}&explain=true`;
      default:
        return homeOf(profile, country);
    }
  };
}

export function homeRequests(seed: number): () => string {
  const random = createRandom(seed);
  return () => homeOf(profileOf(random.below(MOST_PROFILES)), COUNTRIES[random.below(COUNTRIES.length)]!);
}
