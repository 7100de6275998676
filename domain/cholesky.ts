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
  let j = 0;
  for (; j + 1 < n; j += 2) {
    const pivot = pivotOf(matrix, n, j);
    if (pivot === undefined) return false;
    eliminate(matrix, n, j + 1, j, pivot);
    const next = pivotOf(matrix, n, j + 1);
    if (next === undefined) return false;
    const inFours = j + 2 + ((n - j - 2) & ~3);
    for (let i = j + 2; i < inFours; i += 4) eliminateFour(matrix, n, i, j, pivot, next);
    for (let i = inFours; i < n; i++) {
      eliminate(matrix, n, i, j, pivot);
      eliminate(matrix, n, i, j + 1, next);
    }
  }
  return j === n || pivotOf(matrix, n, j) !== undefined;
}

/** Writes and says the j-th number of the diagonal; undefined where there is none. */
function pivotOf(matrix: Float64Array, n: number, j: number): number | undefined {
  const row = j * n;
  let pivot = matrix[row + j]!;
  for (let k = row; k < row + j; k++) pivot -= matrix[k]! * matrix[k]!;
  // Not `pivot <= 0`: NaN has to fail too.
  if (!(pivot > 0) || pivot === Infinity) return undefined;
  return (matrix[row + j] = Math.sqrt(pivot));
}

/** Column j of row i. */
function eliminate(matrix: Float64Array, n: number, i: number, j: number, pivot: number): void {
  const row = j * n;
  let at = i * n;
  let sum = matrix[at + j]!;
  for (let k = row; k < row + j; k++, at++) sum -= matrix[at]! * matrix[k]!;
  matrix[at] = sum / pivot;
}

/**
 * Columns j and j + 1 of four rows at once: eight sums that do not wait for each other, and six numbers read for eight
 * products. Each is summed as if it were alone.
 */
function eliminateFour(
  matrix: Float64Array,
  n: number,
  i: number,
  j: number,
  pivot: number,
  nextPivot: number,
): void {
  let first = i * n;
  let second = first + n;
  let third = second + n;
  let fourth = third + n;
  let a = matrix[first + j]!;
  let b = matrix[second + j]!;
  let c = matrix[third + j]!;
  let d = matrix[fourth + j]!;
  let nextA = matrix[first + j + 1]!;
  let nextB = matrix[second + j + 1]!;
  let nextC = matrix[third + j + 1]!;
  let nextD = matrix[fourth + j + 1]!;
  const row = j * n;
  for (let k = row; k < row + j; k++, first++, second++, third++, fourth++) {
    const held = matrix[k]!;
    const nextHeld = matrix[k + n]!;
    const ofA = matrix[first]!;
    const ofB = matrix[second]!;
    const ofC = matrix[third]!;
    const ofD = matrix[fourth]!;
    a -= ofA * held;
    b -= ofB * held;
    c -= ofC * held;
    d -= ofD * held;
    nextA -= ofA * nextHeld;
    nextB -= ofB * nextHeld;
    nextC -= ofC * nextHeld;
    nextD -= ofD * nextHeld;
  }
  const between = matrix[row + n + j]!;
  a /= pivot;
  b /= pivot;
  c /= pivot;
  d /= pivot;
  matrix[first] = a;
  matrix[second] = b;
  matrix[third] = c;
  matrix[fourth] = d;
  matrix[first + 1] = (nextA - a * between) / nextPivot;
  matrix[second + 1] = (nextB - b * between) / nextPivot;
  matrix[third + 1] = (nextC - c * between) / nextPivot;
  matrix[fourth + 1] = (nextD - d * between) / nextPivot;
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
