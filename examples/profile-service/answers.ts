/** Who profiles are, made up from a seed: the same profile is the same person in every run. */

export interface Profile {
  readonly profileId: string;
  readonly segment: string;
  /** Highest maturity rating that may be shown, as an age. */
  readonly maturity: number;
  /** Country of the account, ISO 3166-1 alpha-2. */
  readonly country: string;
}

export interface ProfileOptions {
  readonly seed: number;
  readonly countries: readonly string[];
  /** One profile in so many is unknown to the service; 0 for none. */
  readonly unknownEvery: number;
}

const SEGMENTS = ['family', 'binger', 'film-lover', 'casual', 'kids'] as const;
const MATURITIES = [7, 12, 16, 18, 18] as const;

/** Undefined where the service does not know the profile. */
export function profileOf(profileId: string, options: ProfileOptions): Profile | undefined {
  const { seed, countries, unknownEvery } = options;
  const hash = hashOf(`${seed}/${profileId}`);
  if (unknownEvery > 0 && hash % unknownEvery === 0) return undefined;
  const segment = SEGMENTS[(hash >>> 4) % SEGMENTS.length] ?? SEGMENTS[0];
  return {
    profileId,
    segment,
    maturity: segment === 'kids' ? 7 : (MATURITIES[(hash >>> 8) % MATURITIES.length] ?? 18),
    country: countries[(hash >>> 12) % countries.length] ?? 'GB',
  };
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
