/** What a title's factors may be, from what is known before anybody watches it: its genres and the decade it is from. */
import { factorise, solveFactorised } from '../../../domain/cholesky.ts';
import type { TitleFeatures } from '../model.ts';

export interface ContentOptions {
  /** λ of the regression: titles that a feature's own level weighs as much as. */
  readonly regularisation: number;
  /** Profiles at which a title's factors count half of what a well known one's do. */
  readonly support: number;
}

export const CONTENT_DEFAULTS: ContentOptions = { regularisation: 5, support: 20 };

export interface ContentModel {
  readonly width: number;
  /** Writes the factors that the features of title `column` stand for. */
  predict(features: TitleFeatures, column: number, out: Float32Array, at?: number): void;
}

/** Factors of the titles that they are known of: row i is title `columns[i]` of the features, watched by `profiles[i]`. */
export interface KnownTitles {
  readonly columns: Uint32Array;
  readonly profiles: Uint32Array;
  readonly values: Float32Array;
  readonly width: number;
}

/**
 * Ridge regression of factors on features, all factors at once: W = (Fᵀ Ω F + λ I)⁻¹ Fᵀ Ω Y (Hoerl & Kennard 1970), the
 * rows of F being an intercept, the genres and the decade of a title, and Ω its support, n / (n + s). The intercept is
 * held back like all others, so without any title it predicts zeros.
 */
export function trainContent(
  features: TitleFeatures,
  { columns, profiles, values, width }: KnownTitles,
  { regularisation, support }: ContentOptions = CONTENT_DEFAULTS,
): ContentModel {
  if (!(regularisation > 0)) throw new RangeError(`a regularisation of ${regularisation} is not above 0`);
  const names = featureNames(features, columns);
  const size = names.size;
  const matrix = new Float64Array(size * size);
  for (let k = 0; k < size; k++) matrix[k * size + k] = regularisation;
  const sides = Array.from({ length: width }, () => new Float64Array(size));
  columns.forEach((column, row) => {
    const weight = profiles[row]! / (profiles[row]! + support);
    const own = featuresOf(features, column, names);
    for (const a of own) {
      for (const b of own) matrix[a * size + b]! += weight;
      sides.forEach((side, k) => (side[a]! += weight * values[row * width + k]!));
    }
  });
  if (!factorise(matrix, size)) throw new RangeError('features are not finite');
  for (const side of sides) solveFactorised(matrix, size, side);
  return {
    width,
    predict(of, column, out, at = 0) {
      const own = featuresOf(of, column, names);
      sides.forEach((side, k) => (out[at + k] = own.reduce((sum, feature) => sum + side[feature]!, 0)));
    },
  };
}

const INTERCEPT = 'title';
const decadeOf = (year: number): string => `decade ${Math.floor(year / 10)}`;

/** Features by name, in text order behind the intercept: the same titles give the same numbers. */
function featureNames({ genres, years }: TitleFeatures, columns: Uint32Array): ReadonlyMap<string, number> {
  const found = new Set<string>();
  for (const column of columns) {
    for (const genre of genres[column] ?? []) found.add(`genre ${genre}`);
    if (years[column]! > 0) found.add(decadeOf(years[column]!));
  }
  return new Map([INTERCEPT, ...[...found].sort()].map((name, index) => [name, index]));
}

/** Features that no known title has say nothing. */
function featuresOf(
  { genres, years }: TitleFeatures,
  column: number,
  names: ReadonlyMap<string, number>,
): number[] {
  const own = new Set([INTERCEPT, ...(genres[column] ?? []).map((genre) => `genre ${genre}`)]);
  if (years[column]! > 0) own.add(decadeOf(years[column]!));
  return [...own].flatMap((name) => names.get(name) ?? []);
}
