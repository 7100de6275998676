/** Who the demo's profiles are: where they live, what they watch on. Seeded, since MovieLens says nothing about it. */
import { createRandom, pickByShare, seedOf, type Share } from '../../domain/random.ts';

export const COUNTRIES: readonly Share<string>[] = [
  { value: 'US', share: 34 },
  { value: 'BR', share: 14 },
  { value: 'IN', share: 12 },
  { value: 'GB', share: 11 },
  { value: 'DE', share: 9 },
  { value: 'FR', share: 8 },
  { value: 'JP', share: 7 },
  { value: 'MX', share: 5 },
];

const DEVICES: readonly Share<string>[] = [
  { value: 'tv', share: 55 },
  { value: 'phone', share: 22 },
  { value: 'web', share: 14 },
  { value: 'tablet', share: 9 },
];

const APP_VERSIONS: readonly Share<string>[] = [
  { value: '9.4.1', share: 70 },
  { value: '9.4.0', share: 22 },
  { value: '9.3.7', share: 8 },
];

/** Apps send through a few gateways; each numbers what it sends. */
export const PRODUCERS = 4;

export interface Profile {
  readonly profileId: string;
  readonly country: string;
  readonly device: string;
  readonly appVersion: string;
  readonly producer: string;
}

export function profileOf(userId: string, seed: number): Profile {
  const random = createRandom(seedOf(seed, 'profile', userId));
  return {
    profileId: `profile-${userId}`,
    country: pickByShare(random, COUNTRIES),
    device: pickByShare(random, DEVICES),
    appVersion: pickByShare(random, APP_VERSIONS),
    producer: `gateway-${random.below(PRODUCERS)}`,
  };
}
