/**
 * The master problem of the cutting-plane method: maximise t subject to t ≤ constant_k + slope_k · z for every cut
 * and lower ≤ z ≤ upper. Solved as its dual, the Dantzig–Wolfe restricted master, by a revised primal simplex
 * method with an explicit inverse: a new cut is a new column, so that each solve starts from the last one's basis.
 * Source: G. B. Dantzig and P. Wolfe, Operations Research 8 (1960) 101–111.
 */
export class Master {
  readonly size: number;
  private readonly order: number;
  private readonly lower: Float64Array;
  private readonly upper: Float64Array;
  private constants: number[] = [];
  private slopes: Float64Array[] = [];
  private age: number[] = [];
  /** Column in each basis row: cuts are ≥ 0; −1 − 2r is "above upper r", −2 − 2r is "below lower r". */
  private basis: Int32Array;
  private inverse: Float64Array;
  private values: Float64Array;
  private pivots = 0;

  constructor(size: number) {
    this.size = size;
    this.order = size + 1;
    this.lower = new Float64Array(size);
    this.upper = new Float64Array(size);
    this.basis = new Int32Array(this.order);
    this.inverse = new Float64Array(this.order * this.order);
    this.values = new Float64Array(this.order);
  }

  get cuts(): number {
    return this.constants.length;
  }

  setBox(lower: Float64Array, upper: Float64Array): void {
    this.lower.set(lower);
    this.upper.set(upper);
  }

  /** Adds t ≤ constant + slope · z and returns its index. */
  addCut(constant: number, slope: Float64Array): number {
    this.constants.push(constant);
    this.slopes.push(slope);
    this.age.push(0);
    if (this.constants.length === 1) this.startBasis();
    return this.constants.length - 1;
  }

  private startBasis(): void {
    const slope = this.slopes[0] as Float64Array;
    for (let r = 0; r < this.size; r++) this.basis[r] = (slope[r] as number) > 0 ? -1 - 2 * r : -2 - 2 * r;
    this.basis[this.size] = 0;
    this.refactor();
  }

  private costOf(column: number): number {
    if (column >= 0) return this.constants[column] as number;
    const r = (-1 - column) >> 1;
    return (-1 - column) % 2 === 0 ? (this.upper[r] as number) : -(this.lower[r] as number);
  }

  private fillColumn(column: number, into: Float64Array): void {
    into.fill(0);
    if (column >= 0) {
      into.set(this.slopes[column] as Float64Array);
      into[this.size] = 1;
      return;
    }
    into[(-1 - column) >> 1] = (-1 - column) % 2 === 0 ? -1 : 1;
  }

  /** Rebuilds the inverse of the basis by Gauss–Jordan elimination with row pivoting. */
  private refactor(): boolean {
    const n = this.order;
    const matrix = new Float64Array(n * n);
    const column = new Float64Array(n);
    for (let b = 0; b < n; b++) {
      this.fillColumn(this.basis[b] as number, column);
      for (let r = 0; r < n; r++) matrix[r * n + b] = column[r] as number;
    }
    const inverse = this.inverse.fill(0);
    for (let r = 0; r < n; r++) inverse[r * n + r] = 1;
    for (let c = 0; c < n; c++) {
      let pivotRow = c;
      for (let r = c + 1; r < n; r++) {
        if (Math.abs(matrix[r * n + c] as number) > Math.abs(matrix[pivotRow * n + c] as number))
          pivotRow = r;
      }
      const pivot = matrix[pivotRow * n + c] as number;
      if (Math.abs(pivot) < 1e-14) return false;
      if (pivotRow !== c) {
        swapRows(matrix, n, pivotRow, c);
        swapRows(inverse, n, pivotRow, c);
      }
      scaleRow(matrix, n, c, 1 / pivot);
      scaleRow(inverse, n, c, 1 / pivot);
      for (let r = 0; r < n; r++) {
        const factor = matrix[r * n + c] as number;
        if (r === c || factor === 0) continue;
        addRow(matrix, n, r, c, -factor);
        addRow(inverse, n, r, c, -factor);
      }
    }
    for (let r = 0; r < n; r++) this.values[r] = Math.max(0, inverse[r * n + this.size] as number);
    this.pivots = 0;
    return true;
  }

  /**
   * Solves for the current cuts and box.
   * @returns the maximiser z, the model's value t, and whether it converged within the pivot limit.
   */
  solve(): { z: Float64Array; t: number } {
    const n = this.order;
    const z = new Float64Array(this.size);
    const column = new Float64Array(n);
    const direction = new Float64Array(n);
    let t = 0;
    const limit = 60 * n + 4 * this.cuts;
    for (let step = 0; step <= limit; step++) {
      if (this.pivots > 40) this.refactor();
      t = this.duals(z);
      const entering = this.price(z, t, step > limit / 2);
      if (entering === undefined || step === limit) break;
      this.fillColumn(entering, column);
      for (let r = 0; r < n; r++) {
        let sum = 0;
        for (let c = 0; c < n; c++) sum += (this.inverse[r * n + c] as number) * (column[c] as number);
        direction[r] = sum;
      }
      const leaving = this.ratioTest(direction);
      if (leaving < 0) break;
      this.pivot(leaving, entering, direction);
    }
    for (let b = 0; b < n; b++) {
      const c = this.basis[b] as number;
      if (c >= 0) this.age[c] = 0;
    }
    for (let c = 0; c < this.age.length; c++) this.age[c] = (this.age[c] as number) + 1;
    return { z, t };
  }

  private duals(z: Float64Array): number {
    const n = this.order;
    let t = 0;
    z.fill(0);
    for (let b = 0; b < n; b++) {
      const cost = this.costOf(this.basis[b] as number);
      if (cost === 0) continue;
      for (let c = 0; c < this.size; c++)
        z[c] = (z[c] as number) - cost * (this.inverse[b * n + c] as number);
      t += cost * (this.inverse[b * n + this.size] as number);
    }
    return t;
  }

  /** The column with the most negative reduced cost, or the first one under `byIndex`, which cannot cycle. */
  private price(z: Float64Array, t: number, byIndex: boolean): number | undefined {
    const tolerance = 1e-11 * Math.max(1, Math.abs(t));
    let best = -tolerance;
    let entering: number | undefined;
    for (let k = 0; k < this.constants.length; k++) {
      const slope = this.slopes[k] as Float64Array;
      let reduced = (this.constants[k] as number) - t;
      for (let r = 0; r < this.size; r++) reduced += (slope[r] as number) * (z[r] as number);
      if (reduced < best) {
        best = reduced;
        entering = k;
        if (byIndex) return entering;
      }
    }
    for (let r = 0; r < this.size; r++) {
      const above = (this.upper[r] as number) - (z[r] as number);
      const below = (z[r] as number) - (this.lower[r] as number);
      if (above < best || below < best) {
        best = Math.min(above, below);
        entering = above < below ? -1 - 2 * r : -2 - 2 * r;
        if (byIndex) return entering;
      }
    }
    return entering;
  }

  private ratioTest(direction: Float64Array): number {
    let leaving = -1;
    let ratio = Number.POSITIVE_INFINITY;
    for (let r = 0; r < this.order; r++) {
      const d = direction[r] as number;
      if (d <= 1e-10) continue;
      const candidate = (this.values[r] as number) / d;
      const tie = Math.abs(candidate - ratio) <= 1e-13;
      if ((!tie && candidate < ratio) || (tie && d > (direction[leaving] as number))) {
        ratio = candidate;
        leaving = r;
      }
    }
    return leaving;
  }

  private pivot(leaving: number, entering: number, direction: Float64Array): void {
    const n = this.order;
    const pivot = direction[leaving] as number;
    const step = (this.values[leaving] as number) / pivot;
    scaleRow(this.inverse, n, leaving, 1 / pivot);
    for (let r = 0; r < n; r++) {
      const d = direction[r] as number;
      if (r === leaving || d === 0) continue;
      addRow(this.inverse, n, r, leaving, -d);
      this.values[r] = Math.max(0, (this.values[r] as number) - d * step);
    }
    this.values[leaving] = step;
    this.basis[leaving] = entering;
    this.pivots++;
  }

  /** The cuts in the solution and their weights, which sum to 1. */
  weights(): { cut: number; weight: number }[] {
    const result: { cut: number; weight: number }[] = [];
    this.basis.forEach((column, b) => {
      const weight = this.values[b] as number;
      if (column >= 0 && weight > 1e-12) result.push({ cut: column, weight });
    });
    return result;
  }

  /** Forgets all but the newest and the basic cuts; returns for each cut kept its old index. */
  forget(keep: number): number[] {
    const basic = new Set(this.basis);
    const kept: number[] = [];
    this.age.forEach((age, k) => {
      if (basic.has(k) || age <= keep) kept.push(k);
    });
    const renumbered = new Map(kept.map((old, now) => [old, now]));
    this.basis = this.basis.map((column) => (column < 0 ? column : (renumbered.get(column) ?? 0)));
    this.constants = kept.map((k) => this.constants[k] as number);
    this.slopes = kept.map((k) => this.slopes[k] as Float64Array);
    this.age = kept.map((k) => this.age[k] as number);
    return kept;
  }
}

function swapRows(matrix: Float64Array, n: number, a: number, b: number): void {
  for (let c = 0; c < n; c++) {
    const held = matrix[a * n + c] as number;
    matrix[a * n + c] = matrix[b * n + c] as number;
    matrix[b * n + c] = held;
  }
}

function scaleRow(matrix: Float64Array, n: number, row: number, factor: number): void {
  for (let c = 0; c < n; c++) matrix[row * n + c] = (matrix[row * n + c] as number) * factor;
}

function addRow(matrix: Float64Array, n: number, target: number, source: number, factor: number): void {
  for (let c = 0; c < n; c++) {
    matrix[target * n + c] = (matrix[target * n + c] as number) + factor * (matrix[source * n + c] as number);
  }
}
