/** Gauss–Jordan inversion of an n × n matrix (row by row) with row pivoting; `matrix` is destroyed. @returns false where it is singular. O(n³). */
export function invert(matrix: Float64Array, inverse: Float64Array, n: number): boolean {
  inverse.fill(0);
  for (let r = 0; r < n; r++) inverse[r * n + r] = 1;
  for (let c = 0; c < n; c++) {
    let pivotRow = c;
    for (let r = c + 1; r < n; r++) {
      if (Math.abs(matrix[r * n + c] as number) > Math.abs(matrix[pivotRow * n + c] as number)) pivotRow = r;
    }
    const pivot = matrix[pivotRow * n + c] as number;
    if (Math.abs(pivot) < 1e-14) return false;
    for (let k = 0; k < n; k++) {
      const held = matrix[c * n + k] as number;
      matrix[c * n + k] = (matrix[pivotRow * n + k] as number) / pivot;
      if (pivotRow !== c) matrix[pivotRow * n + k] = held;
      const heldInverse = inverse[c * n + k] as number;
      inverse[c * n + k] = (inverse[pivotRow * n + k] as number) / pivot;
      if (pivotRow !== c) inverse[pivotRow * n + k] = heldInverse;
    }
    for (let r = 0; r < n; r++) {
      const factor = matrix[r * n + c] as number;
      if (r === c || factor === 0) continue;
      addRow(matrix, n, r, c, -factor);
      addRow(inverse, n, r, c, -factor);
    }
  }
  return true;
}

/**
 * Brings an inverse up to date after column `at` of its matrix was replaced, in place. O(n²).
 * @param direction the inverse times the new column; its entry `at` is the pivot and must not be near 0.
 */
export function replaceColumn(inverse: Float64Array, direction: Float64Array, at: number, n: number): void {
  const pivot = direction[at] as number;
  for (let c = 0; c < n; c++) inverse[at * n + c] = (inverse[at * n + c] as number) / pivot;
  for (let r = 0; r < n; r++) {
    const factor = direction[r] as number;
    if (r !== at && factor !== 0) addRow(inverse, n, r, at, -factor);
  }
}

/** matrix · vector, into `into`. O(n²). */
export function multiply(matrix: Float64Array, vector: Float64Array, into: Float64Array, n: number): void {
  for (let r = 0; r < n; r++) {
    let sum = 0;
    for (let c = 0; c < n; c++) sum += (matrix[r * n + c] as number) * (vector[c] as number);
    into[r] = sum;
  }
}

function addRow(matrix: Float64Array, n: number, target: number, source: number, factor: number): void {
  for (let c = 0; c < n; c++) {
    matrix[target * n + c] = (matrix[target * n + c] as number) + factor * (matrix[source * n + c] as number);
  }
}
