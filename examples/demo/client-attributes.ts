/**
 * What an app tells beside the contract with every impression: about 800 bytes of its own, so that an impression has the
 * 1.2 KB of a real one. The platform keeps such attributes and profiles them.
 */
import type { Random } from '../../domain/random.ts';
import type { Profile } from './audience.ts';

const MODELS: Readonly<
  Record<string, { readonly model: string; readonly os: string; readonly width: number }>
> = {
  tv: { model: 'Living Room 55 OLED (2025)', os: 'TV Platform 12.3.1 build 20260914', width: 3840 },
  phone: { model: 'Pocket 9 Pro 256 GB', os: 'Mobile OS 18.1.2 build 22B91', width: 1290 },
  web: { model: 'Desktop browser 131.0.6778.86', os: 'Desktop OS 15.1 arm64', width: 2560 },
  tablet: { model: 'Slate 12.9 (6th generation)', os: 'Tablet OS 18.1 build 22B83', width: 2048 },
};

const VARIANTS = ['ensemble', 'lead', 'landscape', 'object', 'title-only'] as const;
const ARMS = ['control', 'b', 'c'] as const;
/** Versions before this one did not tell which artwork was shown. */
const FIRST_WITH_ARTWORK = '9.4.0';

const hex = (random: Random, digits: number): string =>
  Array.from({ length: digits }, () => random.below(16).toString(16)).join('');

/** The same for all that one page showed. */
export function pageAttributes(random: Random, { device, profileId, appVersion }: Profile): object {
  const { model, os, width } = MODELS[device] ?? MODELS['tv']!;
  const arm = (): string => ARMS[random.below(ARMS.length)] ?? 'control';
  return {
    client: {
      model,
      os,
      build: `${appVersion}+${20260900 + random.below(30)}`,
      locale: 'en-GB',
      timezone: 'Europe/London',
      screen: { width, height: Math.round((width * 9) / 16), density: 1.5 },
      network: {
        type: device === 'phone' ? '5g' : 'wifi',
        downlinkMbps: 20 + random.below(80),
        rttMs: 12 + random.below(60),
      },
    },
    experiments: [
      { name: 'row-order-by-daypart', arm: arm() },
      { name: 'artwork-per-taste', arm: arm() },
      { name: 'autoplay-trailer-delay', arm: arm() },
    ],
    navigation: {
      from: random.chance(0.7) ? 'profile-picker' : 'title-details',
      previousPageId: `browse-${profileId}-${random.below(9)}`,
      depth: 1 + random.below(4),
      input: device === 'tv' ? 'remote' : 'touch',
    },
    trace: `00-${hex(random, 32)}-${hex(random, 16)}-01`,
  };
}

/** Of one title on the page. */
export function placeAttributes(
  random: Random,
  { appVersion }: Profile,
  titleId: string,
  rank: number,
): object {
  const artwork = {
    id: `artwork-${titleId}-${random.below(6)}`,
    url: `https://images.example.com/artwork/${titleId}/${random.below(6)}/w640.webp?quality=82&crop=center`,
    variant: VARIANTS[random.below(VARIANTS.length)],
    loadedMs: 40 + random.below(400),
  };
  return {
    ...(appVersion < FIRST_WITH_ARTWORK ? {} : { artwork }),
    viewport: {
      top: 412,
      left: 96 + (rank % 5) * 312,
      width: 304,
      height: 171,
      visibleShare: 0.9 + random.below(11) / 100,
      scrollDepth: random.below(100) / 100,
    },
  };
}
