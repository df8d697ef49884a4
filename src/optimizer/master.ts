import { invert, multiply, replaceColumn } from "./inverse.ts";

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

  /** Rebuilds the inverse of the basis. */
  private refactor(): boolean {
    const n = this.order;
    const matrix = new Float64Array(n * n);
    const column = new Float64Array(n);
    for (let b = 0; b < n; b++) {
      this.fillColumn(this.basis[b] as number, column);
      for (let r = 0; r < n; r++) matrix[r * n + b] = column[r] as number;
    }
    if (!invert(matrix, this.inverse, n)) return false;
    for (let r = 0; r < n; r++) this.values[r] = Math.max(0, this.inverse[r * n + this.size] as number);
    this.pivots = 0;
    return true;
  }

  /**
   * Solves for the current cuts and box.
   * @returns the maximiser z and the model's value t.
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
      multiply(this.inverse, column, direction, n);
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
    const step = (this.values[leaving] as number) / (direction[leaving] as number);
    replaceColumn(this.inverse, direction, leaving, n);
    for (let r = 0; r < n; r++) {
      this.values[r] = Math.max(0, (this.values[r] as number) - (direction[r] as number) * step);
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
