/**
 * Impressions of about 1.2 KB as an app sends them: the whole envelope, and attributes outside the contract that travel
 * with it.
 */

export const EVENTS_PER_BATCH = 100;
const PROFILES = 5_000;
const TITLES = 1_000;
const PAGES = 11;
const ROW_LENGTH = 75;
const COUNTRIES = ['GB', 'DE', 'BR', 'JP', 'US'];
const ROWS = ['trending', 'top-picks', 'because-you-watched', 'continue-watching', 'new-releases'];

/** What the sample events name, for those who look it up. */
export const SAMPLE = {
  profiles: Array.from({ length: PROFILES }, (_, i) => `profile-${i}`),
  titles: Array.from({ length: TITLES }, (_, i) => `title-${i}`),
  pages: Array.from({ length: PAGES }, (_, i) => `home-${i}`),
  rows: ROWS,
  rowLength: ROW_LENGTH,
  countries: COUNTRIES,
} as const;

/** JSON arrays of events, each different. */
export function sampleBatches(count: number): Buffer[] {
  return Array.from({ length: count }, (_, batch) => {
    const events = Array.from({ length: EVENTS_PER_BATCH }, (_, i) =>
      sampleEvent(batch * EVENTS_PER_BATCH + i),
    );
    return Buffer.from(JSON.stringify(events));
  });
}

export function sampleEvent(index: number): Record<string, unknown> {
  const profile = (index * 7919) % PROFILES;
  return {
    kind: 'impression',
    eventId: `01J9ZQ4T8M-${index.toString(36).padStart(12, '0')}`,
    eventTime: Date.now() - (index % 60_000),
    profileId: `profile-${profile}`,
    country: COUNTRIES[profile % COUNTRIES.length],
    sessionId: `session-${profile}-${index % 3}`,
    device: 'tv',
    region: 'eu',
    appVersion: '8.41.2',
    producer: 'tv-app',
    producerSeq: index,
    pageId: `home-${index % PAGES}`,
    recommendationId: `rec-${profile}-${index % 17}`,
    titleId: `title-${(index * 31) % TITLES}`,
    row: ROWS[index % ROWS.length],
    rank: index % ROW_LENGTH,
    rowLength: ROW_LENGTH,
    titleKind: 'film',
    viewportMs: 900 + (index % 4000),
    client: {
      model: 'Living Room 55 OLED (2025)',
      os: 'TV Platform 12.3.1 build 20260914',
      locale: 'en-GB',
      timezone: 'Europe/London',
      screen: { width: 3840, height: 2160, density: 1.5 },
      network: { type: 'wifi', downlinkMbps: 87.5, rttMs: 24 },
    },
    experiments: [
      { name: 'row-order-by-daypart', arm: 'b' },
      { name: 'artwork-per-taste', arm: 'control' },
      { name: 'autoplay-trailer-delay', arm: 'c' },
    ],
    artwork: {
      id: `artwork-${(index * 13) % 9000}`,
      url: `https://images.example.com/artwork/${(index * 13) % 9000}/w640.webp?quality=82&crop=center`,
      variant: 'ensemble',
      loadedMs: 120 + (index % 300),
    },
    viewport: {
      top: 412,
      left: 96 + (index % 7) * 312,
      width: 304,
      height: 171,
      visibleShare: 0.98,
      scrollDepth: 0.37,
    },
    navigation: {
      from: 'profile-picker',
      previousPageId: `browse-${profile}-${index % 5}`,
      depth: 2,
      input: 'remote',
    },
    trace: `00-4bf92f3577b34da6a3ce929d0e0e${(index % 65_536).toString(16).padStart(4, '0')}-00f067aa0ba902b7-01`,
  };
}
