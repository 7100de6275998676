/**
 * What serving holds in memory: per million titles (`--titles`, 100,000 are made) with 64 factors, 50 neighbours and the
 * factors of clusters, and per million speed cells (`--plays`), with the chunks that a moved cut needs again. There is no peer.
 * By the whole process after garbage collection, WebAssembly included; a figure is a difference, so it is rough for small numbers.
 */
import { hashProfile } from '../domain/hash.ts';
import { country, profileId, titleId } from '../domain/ids.ts';
import { createRandom } from '../domain/random.ts';
import { createSpeedFold, startAt } from '../domain/speed-fold.ts';
import { createSpeedTotals, type SpeedTotals } from '../domain/speed-totals.ts';
import { HOUR_MS } from '../domain/time.ts';
import { indexCatalogue } from '../serving/catalogue.ts';
import { buildLibrary, type Library } from '../serving/library/library.ts';
import { round, type Benchmark } from './lib/benchmark.ts';
import { garbageCollector } from './lib/collect-garbage.ts';
import {
  catalogueOf,
  clustersOf,
  COUNTRIES,
  factorsOf,
  neighboursOf,
  popularTitle,
  titleOf,
} from './lib/serving/synthetic.ts';

const MILLION = 1e6;
const BLOCK_SIZE = 2 ** 18;
const HOURS = 24;

export const benchmark: Benchmark = async ({ say, option }) => {
  const titles = Number(option('titles', '100000'));
  const plays = Number(option('plays', '1000000'));
  const collect = collector();
  /** Bytes that the process holds more of afterwards; what is made is held until it was measured. */
  const growth = async <T>(make: () => Promise<T> | T): Promise<readonly [bytes: number, made: T]> => {
    const before = collect();
    const made = await make();
    return [collect() - before, made];
  };

  const [ofTitles] = await growth(() => libraryOf(titles));
  say(`${titles} titles: ${round(ofTitles / MILLION)} MB`);
  const [ofCells, totals] = await growth(() => totalsOf(plays, titles));
  const cells = cellsOf(totals);
  say(`${cells} cells of ${plays} plays: ${round(ofCells / MILLION)} MB`);
  return {
    titles,
    cells,
    plays,
    mb_per_million_titles: round(ofTitles / titles),
    mb_per_million_cells: round(ofCells / cells),
  };
};

/** Of the process as the system sees it, garbage collected. */
function collector(): () => number {
  const collect = garbageCollector();
  return () => {
    for (let i = 0; i < 3; i++) collect();
    return process.memoryUsage.rss();
  };
}

function libraryOf(titles: number): Promise<Library> {
  const of = <T>(value: T) => ({ version: 1, value });
  return buildLibrary({
    catalogue: indexCatalogue(catalogueOf(titles, Date.now())),
    catalogueVersion: 1,
    factors: of(factorsOf(titles, 1)),
    neighbours: of(neighboursOf(titles, 1)),
    clusters: of(clustersOf(titles, 1)),
    ...{ profileRows: undefined, policy: undefined, contexts: undefined },
  });
}

/** Plays of a day in one partition, published as its owner does. */
function totalsOf(plays: number, titles: number): SpeedTotals {
  const random = createRandom(11);
  const from = Date.now() - HOURS * HOUR_MS;
  const fold = createSpeedFold(
    { topic: 'plays', partition: 0, blockSize: BLOCK_SIZE, slots: 16 },
    startAt(0, -1),
  );
  const totals = createSpeedTotals({ partitions: 1, blockSize: BLOCK_SIZE });
  const flush = (): void => {
    for (const record of fold.flush(1, false)) totals.apply('plays', 0, record);
  };
  for (let offset = 0; offset < plays; offset++) {
    if (fold.isFull()) {
      flush();
      fold.advance();
    }
    const eventTime = from + Math.floor((offset / plays) * HOURS * HOUR_MS);
    const profile = `profile-${random.below(100_000)}`;
    fold.step(offset, {
      rawOffset: offset,
      ...{ appendTime: eventTime, eventTime, timeStatus: 'ok', kind: 'play_start', row: 'trending' },
      profileId: profileId(profile),
      profileHash: hashProfile(profile),
      country: country(COUNTRIES[random.below(COUNTRIES.length)]!),
      titleId: titleId(titleOf(popularTitle(random, titles))),
    });
  }
  flush();
  totals.settle();
  return totals;
}

const cellsOf = (totals: SpeedTotals): number =>
  (totals.rowsInBuckets?.(0, Infinity) ?? []).reduce((sum, { size }) => sum + size, 0);
