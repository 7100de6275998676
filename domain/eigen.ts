/** Eigenvalues and eigenvectors of small symmetric matrices. */
import { atOnce, type InSlices } from './in-slices.ts';

export interface Eigen {
  /** In no order. */
  readonly values: Float64Array;
  /** n × n, row-major: column j is the eigenvector of value j, of length 1. */
  readonly vectors: Float64Array;
}

/** Sweeps after which no symmetric matrix of 64-bit floats gets nearer; most need six to nine. */
const MOST_SWEEPS = 30;

/**
 * A = V diag(values) Vᵀ by the cyclic Jacobi method (Golub & Van Loan, Matrix Computations, 4th ed., 8.5.3): plane rotations
 * bring one pair of off-diagonal entries to 0 after the other. The same matrix gives the same bits. Takes row-major n × n
 * with both triangles, which is not changed; NaN goes through.
 */
export function eigenOf(matrix: Float64Array, n: number): Eigen {
  return atOnce(eigenInSlices(matrix, n));
}

/** The same, with a rest after each sweep. */
export function* eigenInSlices(matrix: Float64Array, n: number): InSlices<Eigen> {
  const a = Float64Array.from(matrix);
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let rotated = false;
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        const off = a[p * n + q]!;
        const diagonal = Math.abs(a[p * n + p]!) + Math.abs(a[q * n + q]!);
        // What is lost beside the diagonal changes nothing any more.
        if (off === 0 || diagonal + Math.abs(off) === diagonal) continue;
        rotate(a, vectors, n, p, q);
        rotated = true;
      }
    }
    if (!rotated) break;
    yield;
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), vectors };
}

/** One rotation in the plane of p and q, the smaller of the two angles that make a[p, q] 0. */
function rotate(a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void {
  const tau = (a[q * n + q]! - a[p * n + p]!) / (2 * a[p * n + q]!);
  const t = tau >= 0 ? 1 / (tau + Math.sqrt(1 + tau * tau)) : 1 / (tau - Math.sqrt(1 + tau * tau));
  const c = 1 / Math.sqrt(1 + t * t);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const kp = k * n + p;
    const kq = k * n + q;
    const left = a[kp]!;
    const right = a[kq]!;
    a[kp] = c * left - s * right;
    a[kq] = s * left + c * right;
    const first = vectors[kp]!;
    const second = vectors[kq]!;
    vectors[kp] = c * first - s * second;
    vectors[kq] = s * first + c * second;
  }
  for (let k = 0; k < n; k++) {
    const pk = p * n + k;
    const qk = q * n + k;
    const upper = a[pk]!;
    const lower = a[qk]!;
    a[pk] = c * upper - s * lower;
    a[qk] = s * upper + c * lower;
  }
  a[p * n + q] = 0;
  a[q * n + p] = 0;
}
