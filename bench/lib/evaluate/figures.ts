/** What an evaluation prints: NDCG@10 by model on leave-last-out, ratios with their intervals, and who was chosen. */
import type { Interval } from '../../../batch/evaluation/bootstrap.ts';
import { averageOf } from '../../../batch/evaluation/evaluate.ts';
import type { Figures } from '../benchmark.ts';
import { ratioOf, type Contest } from './contest.ts';

export function figuresOf(
  contest: Contest,
  { data, seeds }: { readonly data: string; readonly seeds: number },
): Figures {
  const { published, chosen, byModel, foldIn } = contest;
  const { name } = published.family;
  const gain = (value: number): number => value - 1;
  const values = [...byModel].map(([model, { profiles }]) => [
    `ndcg_at_10_${snake(model)}`,
    rounded(averageOf(profiles.ndcg_at_10)),
  ]);
  return {
    data,
    seeds,
    profiles: byModel.get(name)?.profiles.ndcg_at_10.length ?? 0,
    published: name,
    ...Object.fromEntries(
      chosen.map(({ family, trainable }) => [`settings_${snake(family.name)}`, trainable.settings]),
    ),
    ...Object.fromEntries(
      chosen.map(({ family, score }) => [`validation_${snake(family.name)}`, rounded(score)]),
    ),
    ...(Object.fromEntries(values) as Figures),
    ...interval('ratio_vs_implicit', ratioOf(contest, name, 'implicit')),
    ...interval('ratio_vs_implicit_plain', ratioOf(contest, name, 'implicit-plain')),
    ...interval('ratio_vs_popularity', ratioOf(contest, name, 'popularity')),
    ...interval('ratio_vs_unpersonalised', ratioOf(contest, name, 'unpersonalised')),
    ...interval('als_ratio_vs_implicit', ratioOf(contest, 'als', 'implicit')),
    ...interval('foldin_gain', foldIn.ratio, gain),
  };
}

function interval(
  name: string,
  found: Interval | undefined,
  of: (value: number) => number = (value) => value,
): Figures {
  if (found === undefined) return {};
  return {
    [name]: rounded(of(found.value)),
    [`${name}_low`]: rounded(of(found.low)),
    [`${name}_high`]: rounded(of(found.high)),
  };
}

const snake = (model: string): string => model.replaceAll('-', '_');
const rounded = (value: number): number => Number(value.toFixed(4));
