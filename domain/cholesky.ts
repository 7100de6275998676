/**
 * Cholesky's factorisation of small symmetric matrices, in place and without allocation. A matrix is row-major with n
 * columns; only its lower triangle is read and written.
 */

/**
 * Replaces the lower triangle of a positive definite matrix by L, with L Lᵀ = A (Golub & Van Loan, Matrix Computations,
 * 4th ed., 4.2.5, by rows). Says false, with the triangle half done, where the matrix is not positive definite or not
 * finite.
 */
export function factorise(matrix: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let j = 0; j < i; j++) {
      const other = j * n;
      let sum = matrix[row + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[row + k]! * matrix[other + k]!;
      matrix[row + j] = sum / matrix[other + j]!;
    }
    let pivot = matrix[row + i]!;
    for (let k = 0; k < i; k++) pivot -= matrix[row + k]! * matrix[row + k]!;
    // Not `pivot <= 0`: NaN has to fail too.
    if (!(pivot > 0) || pivot === Infinity) return false;
    matrix[row + i] = Math.sqrt(pivot);
  }
  return true;
}

/** Replaces b by x with L Lᵀ x = b. */
export function solveFactorised(lower: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= lower[row + k]! * b[k]!;
    b[i] = sum / lower[row + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    const row = i * n;
    const value = b[i]! / lower[row + i]!;
    b[i] = value;
    for (let k = 0; k < i; k++) b[k]! -= lower[row + k]! * value;
  }
}
