/** The directions that factors of titles lie along: eigenvalues and eigenvectors of YᵀY, worked out once for factors. */
import { eigenInSlices, type Eigen } from '../eigen.ts';
import { gramOf } from '../fold-in.ts';
import type { InSlices } from '../in-slices.ts';
import type { TitleFactors } from './types.ts';

export interface FactorEigen extends Eigen {
  /** YᵀY itself. */
  readonly gram: Float64Array;
}

const made = new WeakMap<TitleFactors, FactorEigen>();

export function* factorEigenInSlices(factors: TitleFactors): InSlices<FactorEigen> {
  const found = made.get(factors);
  if (found !== undefined) return found;
  const gram = factors.gram ?? gramOf(factors.values, factors.width);
  yield;
  const eigen = yield* eigenInSlices(gram, factors.width);
  const all = { ...eigen, gram };
  made.set(factors, all);
  return all;
}
