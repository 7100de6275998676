/** The demo's catalogue from the data set's titles, one CatalogueEntry a line. Runtimes and rights are seeded. */
import { EVERYWHERE, type CatalogueEntry } from '../../domain/catalogue.ts';
import { titleId } from '../../domain/ids.ts';
import type { DataSet, RatedTitle } from '../../infra/datasets/data-set.ts';
import { createRandom, seedOf, type Random } from '../../domain/random.ts';
import { COUNTRIES } from './audience.ts';

const OPEN = [{ from: null, to: null }];
/** About 25 of MovieLens's 1,682 titles. */
const RESTRICTED_SHARE = 0.015;
const MIN_RUNTIME_MINUTES = 72;
const RUNTIME_SPREAD_MINUTES = 85;

/** The title that freshness probes report on. Nowhere available, so that no row ever shows it. */
export const PROBE_TITLE_ID = 'freshness-probe';

/** The data set has no runtimes: made up per title, 72 to 156 minutes. */
export function runtimeSecondsOf(title: string, seed: number): number {
  const random = createRandom(seedOf(seed, 'runtime', title));
  return 60 * (MIN_RUNTIME_MINUTES + random.below(RUNTIME_SPREAD_MINUTES));
}

function availabilityOf(title: string, seed: number): CatalogueEntry['availability'] {
  const random = createRandom(seedOf(seed, 'rights', title));
  if (!random.chance(RESTRICTED_SHARE)) return EVERYWHERE;
  const shown = Object.fromEntries(twoCountries(random).map((country) => [country, OPEN]));
  return { '*': [], ...shown };
}

function twoCountries(random: Random): readonly string[] {
  const names = COUNTRIES.map(({ value }) => value);
  const first = random.below(names.length);
  const second = (first + 1 + random.below(names.length - 1)) % names.length;
  return [names[first] ?? 'US', names[second] ?? 'GB'];
}

function entryOf(title: RatedTitle, seed: number): CatalogueEntry {
  return {
    titleId: titleId(title.titleId),
    kind: 'film',
    name: title.name,
    genres: title.genres,
    year: title.year,
    runtimeSeconds: runtimeSecondsOf(title.titleId, seed),
    launchTime: null,
    parentId: null,
    availability: availabilityOf(title.titleId, seed),
  };
}

const PROBE: CatalogueEntry = {
  titleId: titleId(PROBE_TITLE_ID),
  kind: 'film',
  name: 'Freshness probe (not a film)',
  genres: [],
  year: null,
  runtimeSeconds: null,
  launchTime: null,
  parentId: null,
  availability: {},
};

export function* catalogueEntries(data: DataSet, seed: number): Generator<CatalogueEntry> {
  for (const title of data.titles) yield entryOf(title, seed);
  yield PROBE;
}

export function* catalogueLines(data: DataSet, seed: number): Generator<string> {
  for (const entry of catalogueEntries(data, seed)) yield `${JSON.stringify(entry)}\n`;
}
