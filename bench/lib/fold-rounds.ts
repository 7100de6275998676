/** Rounds of the folds over one log, each fold with records decoded for it right before, sides in turns. */
import { createCountingFolds } from './counting-fold.ts';
import { median, round, type BenchmarkContext, type Figures } from './benchmark.ts';
import { createProfileFolds, measureProfileFolds } from './full-fold.ts';
import { cpuSeconds } from './process-cpu.ts';
import { createLogRounds } from './log-rounds.ts';
import { createProfileLog } from './profile-log.ts';

const BATCH = 2000;
const ROUND_BATCHES = 40;
const WARM_UP_ROUNDS = 2;
const ROUNDS = 7;

/** Prints nothing but what it says. */
export function measureFolds(context: BenchmarkContext): Figures {
  const take = createLogRounds(createProfileLog());
  const counting = createCountingFolds(false);
  const publishing = createCountingFolds(true);
  const full = { counting: createCountingFolds(true), profiles: createProfileFolds() };
  const rates: { counting: number; publishing: number; full: number }[] = [];
  for (let turn = -WARM_UP_ROUNDS; turn < ROUNDS; turn += 1) {
    const seconds = { counting: 0, publishing: 0, full: 0 };
    const entriesOfRound = take(BATCH * ROUND_BATCHES);
    for (let from = 0; from < entriesOfRound.length; from += BATCH) {
      const entries = entriesOfRound.slice(from, from + BATCH);
      const [alone, published, together] = [counting, publishing, full.counting].map((folds) =>
        folds.decode(entries),
      );
      const records = full.profiles.decode(entries);
      seconds.counting += timed(() => counting.step(alone!));
      seconds.publishing += timed(() => publishing.step(published!));
      seconds.full += timed(() => {
        full.counting.step(together!);
        full.profiles.step(records);
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
  return {
    events_per_second: of('counting'),
    with_chunks_events_per_second: of('publishing'),
    full_events_per_second: of('full'),
    ...measureProfileFolds(context),
  };
}

const rounded = (value: unknown): unknown => (typeof value === 'number' ? round(value) : value);

function timed(work: () => void): number {
  const from = cpuSeconds();
  work();
  return cpuSeconds() - from;
}
