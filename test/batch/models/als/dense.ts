/** The equations of one row, written out and solved in 64 bits by elimination with pivots; for comparison. */

/** x of (YᵀY + Σ |s| y yᵀ + λ I) x = Σ (1 + s) y, the latter over s above 0. */
export function solveDense(
  table: Float32Array,
  width: number,
  columns: Uint32Array,
  strengths: Float32Array,
  ridge: number,
): Float64Array {
  const matrix = Array.from({ length: width }, (_, i) =>
    Float64Array.from({ length: width + 1 }, (_, j) => (i === j ? ridge : 0)),
  );
  const add = (row: number, weight: number): void => {
    for (let i = 0; i < width; i++)
      for (let j = 0; j < width; j++)
        matrix[i]![j]! += weight * table[row * width + i]! * table[row * width + j]!;
  };
  for (let row = 0; row < table.length / width; row++) add(row, 1);
  columns.forEach((column, entry) => {
    add(column, Math.abs(strengths[entry]!));
    if (strengths[entry]! < 0) return;
    for (let i = 0; i < width; i++)
      matrix[i]![width]! += (1 + strengths[entry]!) * table[column * width + i]!;
  });
  for (let pivot = 0; pivot < width; pivot++) {
    const best = matrix
      .slice(pivot)
      .reduce((kept, row) => (Math.abs(row[pivot]!) > Math.abs(kept[pivot]!) ? row : kept));
    matrix.splice(matrix.indexOf(best), 1);
    matrix.splice(pivot, 0, best);
    matrix.forEach((row, at) => {
      if (at === pivot) return;
      const share = row[pivot]! / best[pivot]!;
      for (let j = pivot; j <= width; j++) row[j]! -= share * best[j]!;
    });
  }
  return Float64Array.from(matrix, (row, i) => row[width]! / row[i]!);
}
