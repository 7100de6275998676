/**
 * Cholesky's factorisation of small symmetric matrices, in place and without allocation. A matrix is row-major with n
 * columns; only its lower triangle is read and written.
 */

/**
 * Replaces the lower triangle of a positive definite matrix by L, with L Lᵀ = A (Golub & Van Loan, Matrix Computations,
 * 4th ed., 4.2.5, by columns). Says false, with the triangle half done, where the matrix is not positive definite or not
 * finite.
 */
export function factorise(matrix: Float64Array, n: number): boolean {
  for (let j = 0; j < n; j++) {
    const row = j * n;
    let pivot = matrix[row + j]!;
    for (let k = row; k < row + j; k++) pivot -= matrix[k]! * matrix[k]!;
    // Not `pivot <= 0`: NaN has to fail too.
    if (!(pivot > 0) || pivot === Infinity) return false;
    pivot = Math.sqrt(pivot);
    matrix[row + j] = pivot;
    const inFours = j + 1 + ((n - j - 1) & ~3);
    for (let i = j + 1; i < inFours; i += 4) eliminateFour(matrix, n, i, j, pivot);
    for (let i = inFours; i < n; i++) {
      let at = i * n;
      let sum = matrix[at + j]!;
      for (let k = row; k < row + j; k++, at++) sum -= matrix[at]! * matrix[k]!;
      matrix[at] = sum / pivot;
    }
  }
  return true;
}

/** Column j of four rows at once: four sums that do not wait for each other. Each is summed as if it were alone. */
function eliminateFour(matrix: Float64Array, n: number, i: number, j: number, pivot: number): void {
  const row = j * n;
  let first = i * n;
  let second = first + n;
  let third = second + n;
  let fourth = third + n;
  let a = matrix[first + j]!;
  let b = matrix[second + j]!;
  let c = matrix[third + j]!;
  let d = matrix[fourth + j]!;
  for (let k = row; k < row + j; k++, first++, second++, third++, fourth++) {
    const held = matrix[k]!;
    a -= matrix[first]! * held;
    b -= matrix[second]! * held;
    c -= matrix[third]! * held;
    d -= matrix[fourth]! * held;
  }
  matrix[first] = a / pivot;
  matrix[second] = b / pivot;
  matrix[third] = c / pivot;
  matrix[fourth] = d / pivot;
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
