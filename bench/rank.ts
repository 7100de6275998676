/**
 * What one request of all titles costs, on one core: scores of 20,000 titles of 64 factors and the best 100 of them, as serving
 * has them (`--titles`, `--factors`, `--best`, `--rounds`). The peer is a plain loop over a Float32Array that sorts all titles by
 * their scores; beside it the same loop with a typed array of packed keys, which needs no comparator. CPU seconds, sides in
 * turns, medians; all sides must find the same. Then whole pages of 8 rows of 20 from 10,000 titles, with 50 plays folded in and of
 * nobody: `page_us` and `unpersonalised_page_us`.
 */
import { createRandom } from '../domain/random.ts';
import { createBestTitles } from '../domain/scores.ts';
import { createTitleScores } from '../domain/title-scores.ts';
import { median, round, type Benchmark } from './lib/benchmark.ts';
import { cpuSeconds } from './lib/process-cpu.ts';
import { createPageSide } from './lib/rank-page.ts';
import { createPackedSide, createPlainSide, type BestScores } from './lib/rank-peers.ts';

const QUERIES = 64;
/** Turns of about a tenth of a second. */
const TURN_QUERIES = { ours: 400, plain: 20, packed: 40, page: 400, unpersonalised: 1000 } as const;
type SideName = keyof typeof TURN_QUERIES;
const SIDES = ['ours', 'plain', 'packed', 'page', 'unpersonalised'] as const;
type Finder = 'ours' | 'plain' | 'packed';

export const benchmark: Benchmark = ({ say, option }) => {
  const titles = Number(option('titles', '20000'));
  const width = Number(option('factors', '64'));
  const best = Number(option('best', '100'));
  const rounds = Number(option('rounds', '11'));
  const random = createRandom(20_081_215);
  const values = Float32Array.from({ length: titles * width }, () => random.next() - 0.4);
  const queries = Array.from({ length: QUERIES }, () =>
    Float32Array.from({ length: width }, () => random.next() - 0.4),
  );
  const sides = {
    ours: createOurSide(values, width, best),
    plain: createPlainSide(values, width, best),
    packed: createPackedSide(values, width, best),
  };
  for (const query of queries) compare(query, sides);
  const { ranked, unpersonalised } = createPageSide();
  const turns = { ...sides, page: ranked, unpersonalised };

  const seconds: Record<SideName, number[]> = {
    ours: [],
    plain: [],
    packed: [],
    page: [],
    unpersonalised: [],
  };
  // The first two rounds warm up.
  for (let turn = -2; turn < rounds; turn++) {
    for (const name of turn % 2 === 0 ? SIDES : SIDES.toReversed()) {
      const from = cpuSeconds();
      for (let i = 0; i < TURN_QUERIES[name]; i++) turns[name](queries[i % QUERIES]!);
      if (turn >= 0) seconds[name].push((cpuSeconds() - from) / TURN_QUERIES[name]);
    }
    if (turn >= 0) say(SIDES.map((name) => `${name} ${round(1e6 * seconds[name].at(-1)!)} µs`).join(', '));
  }
  const of = (name: SideName): number => median(seconds[name]);
  return Promise.resolve({
    titles,
    factors: width,
    best,
    per_second: round(1 / of('ours')),
    ratio_vs_plain_loop: round(of('plain') / of('ours')),
    ratio_vs_packed_sort: round(of('packed') / of('ours')),
    us_per_request: round(1e6 * of('ours')),
    plain_us_per_request: round(1e6 * of('plain')),
    packed_us_per_request: round(1e6 * of('packed')),
    page_us: round(1e6 * of('page')),
    unpersonalised_page_us: round(1e6 * of('unpersonalised')),
  });
};

function createOurSide(values: Float32Array, width: number, best: number): BestScores {
  const scoring = createTitleScores(values, width);
  const scores = new Float32Array(scoring.titles);
  const found = createBestTitles(best);
  return (query) => {
    scoring.score(query, scores);
    const size = found.select(scores, scoring.titles);
    return { titles: found.titles.subarray(0, size), scores: found.scores.subarray(0, size) };
  };
}

/** Sums in another order differ in the last bits: two titles may change places where they are as good as equal, and nowhere else. */
function compare(query: Float32Array, sides: Readonly<Record<Finder, BestScores>>): void {
  const wanted = sides.plain(query);
  for (const name of ['ours', 'packed'] as const) {
    const { scores } = sides[name](query);
    const isSame =
      scores.length === wanted.scores.length &&
      scores.every((score, rank) => Math.abs(score - wanted.scores[rank]!) <= 1e-5 * (1 + Math.abs(score)));
    if (!isSame) throw new Error(`${name} does not find what the plain loop finds`);
  }
}
