/**
 * What it costs to have rows ready for whoever watched something: plays that stopped, through the live stage's lane with its
 * state in LMDB, at 10,000 titles of 64 factors (`--titles`, `--factors`, `--profiles`, `--plays`, `--rounds`). Profiles play
 * three titles one after the other, in batches of `BEHAVIOUR_MAX_BATCH_RECORDS`. The peer is the same rule ranking at every play
 * instead of once a batch; beside both the lane with no models, which folds and stores alone. CPU seconds, sides in turns,
 * medians.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CleanRecord } from '../domain/events/event.ts';
import { country, eventId, profileId, titleId } from '../domain/ids.ts';
import { createNearlineModels, type NearlineModels } from '../domain/nearline/models.ts';
import { createNearline, type NearlineState } from '../domain/nearline/nearline.ts';
import { createRandom, type Random } from '../domain/random.ts';
import { MINUTE_MS } from '../domain/time.ts';
import { behaviourSection } from '../infra/config/behaviour.ts';
import { nearlineSection } from '../infra/config/nearline.ts';
import { createLmdbKeyedStates } from '../infra/state/lmdb-keyed-state.ts';
import { createKeyedLane } from '../streaming/keyed/lane.ts';
import { median, round, type Benchmark } from './lib/benchmark.ts';
import { cpuSeconds } from './lib/process-cpu.ts';

const SIDES = ['ours', 'each', 'folding'] as const;
type SideName = (typeof SIDES)[number];
const IN_A_ROW = 3;
const NEIGHBOURS = 50;
const START = Date.UTC(2026, 5, 1);

interface Taken {
  readonly seconds: number;
  readonly ranked: number;
}

export const benchmark: Benchmark = async ({ say, option }) => {
  const titles = Number(option('titles', '10000'));
  const width = Number(option('factors', '64'));
  const profiles = Number(option('profiles', '600'));
  const plays = Number(option('plays', '3600'));
  const rounds = Number(option('rounds', '5'));
  const random = createRandom(20_081_215);
  const models = modelsOf(random, titles, width);
  const log = playsOf(random, { titles, profiles, plays });
  const { maxBatchRecords } = behaviourSection.parse({});

  const run = async (side: SideName): Promise<Taken> => {
    const dir = mkdtempSync(join(tmpdir(), 'marquee-bench-nearline-'));
    let ranked = 0;
    const fold = createNearline({
      limits: nearlineSection.parse({}),
      models: () => (side === 'folding' ? undefined : models),
      onRanked: () => (ranked += 1),
    });
    const states = createLmdbKeyedStates<NearlineState>(dir, fold.version);
    const lane = createKeyedLane({
      ...{ fold, partition: 0, states: states.partition(0), cachedKeys: profiles },
      emit: () => Promise.resolve(),
    });
    await lane.open('plays');
    const size = side === 'each' ? 1 : maxBatchRecords;
    const from = cpuSeconds();
    for (let at = 0; at < log.length; at += size) {
      const batch = log.slice(at, at + size).map((record, i) => ({ offset: at + i, record }));
      await lane.process('plays', batch);
      if (at % maxBatchRecords === 0) await lane.store();
    }
    await lane.store();
    const seconds = cpuSeconds() - from;
    await states.close();
    rmSync(dir, { recursive: true });
    return { seconds, ranked };
  };

  const taken: Record<SideName, Taken[]> = { ours: [], each: [], folding: [] };
  // The first round warms up.
  for (let turn = -1; turn < rounds; turn++) {
    for (const side of turn % 2 === 0 ? SIDES : SIDES.toReversed()) {
      const one = await run(side);
      if (turn >= 0) taken[side].push(one);
    }
    if (turn >= 0) say(SIDES.map((side) => `${side} ${round(taken[side].at(-1)!.seconds)} s`).join(', '));
  }
  const of = (side: SideName): number => median(taken[side].map(({ seconds }) => seconds));
  const { ranked } = taken.ours[0]!;
  return {
    ...{ titles, factors: width, profiles, plays },
    ranked,
    ranked_by_peer: taken.each[0]!.ranked,
    plays_per_cpu_second: round(plays / of('ours')),
    ratio_vs_ranking_each: round(of('each') / of('ours')),
    ms_per_ranking: round((1000 * (of('ours') - of('folding'))) / ranked),
    folding_plays_per_cpu_second: round(plays / of('folding')),
  };
};

function modelsOf(random: Random, titles: number, width: number): NearlineModels {
  const ids = Array.from({ length: titles }, (_, n) => `title-${n}`);
  const pairs = titles * NEIGHBOURS;
  const near = Int32Array.from({ length: pairs }, () => random.below(titles));
  return createNearlineModels({
    factors: {
      version: 1,
      value: {
        ...{ ids, width },
        values: Float32Array.from({ length: titles * width }, () => random.next() - 0.5),
        regularisation: { strength: 0.01, exponent: 1, unobservedWeight: 0.01 },
      },
    },
    neighbours: {
      version: 1,
      value: {
        ids,
        titles: Int32Array.from({ length: pairs }, (_, i) => Math.floor(i / NEIGHBOURS)),
        neighbours: near,
        scores: Float32Array.from({ length: pairs }, (_, i) => 1 - (i % NEIGHBOURS) / NEIGHBOURS),
      },
    },
    policy: undefined,
  })!;
}

interface PlaysOptions {
  readonly titles: number;
  readonly profiles: number;
  readonly plays: number;
}

function playsOf(random: Random, { titles, profiles, plays }: PlaysOptions): CleanRecord[] {
  let profile = 0;
  return Array.from({ length: plays }, (_, n) => {
    if (n % IN_A_ROW === 0) profile = random.below(profiles);
    const eventTime = START + n * MINUTE_MS;
    return {
      ...{ rawOffset: n, appendTime: eventTime, timeStatus: 'ok' },
      event: {
        ...{ kind: 'play_stop', eventId: eventId(`e${n}`), eventTime, playId: `p${n}` },
        ...{ profileId: profileId(`profile-${profile}`), country: country('SE') },
        titleId: titleId(`title-${random.below(titles)}`),
        ...{ positionSeconds: 5800, viewedSeconds: 5800 },
      },
      enriched: { runtimeSeconds: 6000 },
    };
  });
}
