/**
 * The folds alone, on one core, over events that were decoded before: counting, which reads columns; and counting,
 * attribution and impression memory together on the same events, as the speed and behaviour processes run them between
 * them. 10,000 titles, 50 countries, a million profiles; state in memory. CPU seconds, with garbage collection.
 */
import { createCountingFolds } from './lib/counting-fold.ts';
import { median, round, type Benchmark } from './lib/benchmark.ts';
import { createProfileFolds, measureProfileFolds } from './lib/full-fold.ts';
import { cpuSeconds } from './lib/process-cpu.ts';
import { createProfileLog } from './lib/profile-log.ts';

const BATCH = 2000;
const ROUND_BATCHES = 40;
const WARM_UP_ROUNDS = 2;
const ROUNDS = 7;

export const benchmark: Benchmark = (context) => {
  const log = createProfileLog();
  const counting = createCountingFolds(false);
  const publishing = createCountingFolds(true);
  const full = { counting: createCountingFolds(true), profiles: createProfileFolds() };
  const rates: { counting: number; publishing: number; full: number }[] = [];
  for (let turn = -WARM_UP_ROUNDS; turn < ROUNDS; turn += 1) {
    const seconds = { counting: 0, publishing: 0, full: 0 };
    for (let batch = 0; batch < ROUND_BATCHES; batch += 1) {
      const entries = log.take(BATCH);
      const [alone, published, together] = [counting, publishing, full.counting].map((folds) =>
        folds.decode(entries),
      );
      seconds.counting += timed(() => counting.step(alone!));
      seconds.publishing += timed(() => publishing.step(published!));
      seconds.full += timed(() => {
        full.counting.step(together!);
        for (const { record, topic, offset } of entries) full.profiles.step(record, topic, offset);
      });
    }
    if (turn < 0) continue;
    const perSecond = (name: keyof typeof seconds): number => (BATCH * ROUND_BATCHES) / seconds[name];
    rates.push({
      counting: perSecond('counting'),
      publishing: perSecond('publishing'),
      full: perSecond('full'),
    });
    context.say(`round ${turn + 1}: ${JSON.stringify(rates.at(-1), (_, value: unknown) => rounded(value))}`);
  }
  const of = (name: 'counting' | 'publishing' | 'full'): number =>
    round(median(rates.map((rate) => rate[name])));
  return Promise.resolve({
    events_per_second: of('counting'),
    with_chunks_events_per_second: of('publishing'),
    full_events_per_second: of('full'),
    ...measureProfileFolds(context),
  });
};

const rounded = (value: unknown): unknown => (typeof value === 'number' ? round(value) : value);

function timed(work: () => void): number {
  const from = cpuSeconds();
  work();
  return cpuSeconds() - from;
}
