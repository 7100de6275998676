/** Models of a few titles, made up: `film-0` to `film-9` in two tastes, with neighbours within each. */
import {
  createNearlineModels,
  type NearlineInputs,
  type NearlineModels,
} from '../../domain/nearline/models.ts';

export const FILMS = Array.from({ length: 10 }, (_, n) => `film-${n}`);

/** Even films are of one taste, odd ones of the other; `ids` in the order of text. */
export function nearlineInputs(version = 1, ids: readonly string[] = FILMS): NearlineInputs {
  const width = 2;
  const values = new Float32Array(ids.length * width);
  ids.forEach((_, n) => {
    values[n * width + (n % 2)] = 1 - n / 50;
    values[n * width + 1 - (n % 2)] = 0.05;
  });
  const pairs = ids
    .flatMap((_, a) =>
      ids.flatMap((__, b) =>
        a !== b && a % 2 === b % 2 ? [[a, b, 1 / (1 + Math.abs(a - b))] as const] : [],
      ),
    )
    .sort(([a, , x], [b, , y]) => a - b || y - x);
  return {
    factors: {
      version,
      value: {
        ...{ ids, width, values },
        regularisation: { strength: 0.01, exponent: 1, unobservedWeight: 0.1 },
      },
    },
    neighbours: {
      version,
      value: {
        ids,
        titles: Int32Array.from(pairs, ([a]) => a),
        neighbours: Int32Array.from(pairs, ([, b]) => b),
        scores: Float32Array.from(pairs, ([, , score]) => score),
      },
    },
    policy: {
      version,
      value: [{ rowId: '*', setting: 'minimum', value: 1 }],
    },
  };
}

export const nearlineModels = (version = 1): NearlineModels => createNearlineModels(nearlineInputs(version))!;
