import { divideRounded, formatScaled } from "../billing/decimal.ts";
import { penaltyOf } from "../billing/problem.ts";
import type { Instance } from "./instance.ts";
import { roundingOf } from "./instance.ts";
import type { Items } from "./items.ts";
import type { Ranges } from "./lagrangian.ts";
import { spreadPrices } from "./lagrangian.ts";

/** Relative rounding error allowed to each term of a sum of doubles: eight times the unit roundoff and more. */
const ROUNDOFF = 2 ** -49;

/**
 * Prices as the certificate states them: decimal strings of up to 12 places, and the same as numbers for a pass over
 * the fleet. Stated prices never pass a pool's cap.
 */
export interface StatedPrices {
  /** Per row of the instance: currency per MB or per SIM. */
  readonly texts: readonly string[];
  /** Per row: micros per byte or per SIM. */
  readonly values: Float64Array;
}

const PLACES = 12;

/** States prices as decimals, rounded down so that they keep their caps. */
export function statePrices(instance: Instance, prices: Float64Array, ranges: Ranges): StatedPrices {
  const texts: string[] = [];
  const values = new Float64Array(prices.length);
  instance.rows.forEach((row, r) => {
    const price = Math.max(0, prices[r] as number);
    const perUnit = row.kind === "pool" ? price * 2 ** 20 : price;
    let scaled = perUnit > 0 ? BigInt(Math.floor(Math.min(perUnit, 1e15) * 10 ** (PLACES - 6))) : 0n;
    if (row.kind === "pool" && (ranges.hi[row.pool] as number) === Number.POSITIVE_INFINITY) {
      const cap = exactCap(instance, row.pool);
      if (scaled > cap) scaled = cap;
    }
    texts.push(formatScaled(scaled, PLACES));
    values[r] =
      row.kind === "pool"
        ? Number(scaled) / 10 ** (PLACES - 6) / 2 ** 20
        : Number(scaled) / 10 ** (PLACES - 6);
  });
  return { texts, values };
}

/** Block price with tax over block size, per MB, in 10^-12, rounded down. */
function exactCap(instance: Instance, pool: number): bigint {
  const terms = instance.problem.table.pools[pool];
  if (terms === undefined) return 0n;
  const withTax = terms.rate * (1_000_000_000_000n + terms.taxRate) * 1_048_576n;
  return withTax / (BigInt(terms.blockBytes) * 1_000_000_000_000n);
}

/** Terms that are summed before they join the total, so that no running sum sees more than this many additions. */
const SUM_BLOCK = 1024;

/** A sum of doubles with a bound on its error. */
export class SafeSum {
  private block = 0;
  private inBlock = 0;
  private blocks = 0;
  private sum = 0;
  private magnitude = 0;

  /** @param magnitude at least the size of every figure that `value` was computed from. */
  add(value: number, magnitude: number): void {
    this.block += value;
    this.magnitude += magnitude;
    if (++this.inBlock < SUM_BLOCK) return;
    this.sum += this.block;
    this.block = 0;
    this.inBlock = 0;
    this.blocks++;
  }

  /** The sum less everything that rounding may have added. */
  lowerBound(): number {
    const additions = this.blocks + (this.blocks > 0 ? SUM_BLOCK : this.inBlock) + 1;
    return this.sum + this.block - this.magnitude * (ROUNDOFF + additions * 2 ** -52);
  }
}

/** Adds the rows' part of L: limits, allowances, the cheaper end of each pool's block range. */
function addRows(instance: Instance, ranges: Ranges, prices: Float64Array, sum: SafeSum): void {
  const rounding = roundingOf(instance, ranges);
  sum.add(rounding, Math.abs(rounding) + 1);
  instance.rows.forEach((row, r) => {
    const price = prices[r] as number;
    if (row.kind !== "pool") {
      const limit = limitOf(row, ranges);
      const term = row.kind === "min" ? price * limit : -price * limit;
      sum.add(term, Math.abs(term));
      return;
    }
    const terms = instance.pools[row.pool];
    if (terms === undefined) return;
    const lo = ranges.lo[row.pool] as number;
    const hi = ranges.hi[row.pool] as number;
    const perBlock = terms.blockPrice - price * terms.blockBytes;
    const blocks = perBlock < 0 && hi < Number.POSITIVE_INFINITY ? hi : lo;
    sum.add(-price * terms.fixedBytes, price * terms.fixedBytes);
    sum.add(blocks * perBlock, blocks * (terms.blockPrice + price * terms.blockBytes));
  });
}

/** L at stated prices over single-SIM items, less what rounding may have added. Micros. O(options). */
export function boundOverItems(
  instance: Instance,
  items: Items,
  branch: { readonly ranges: Ranges; readonly forbidden: Uint8Array | undefined },
  prices: Float64Array,
): number {
  const { perByte, perDevice, perChange } = spreadPrices(instance, prices);
  const sum = new SafeSum();
  sum.add(instance.fixedCharges, 0);
  for (let i = 0; i < items.count; i++) {
    let least = Number.POSITIVE_INFINITY;
    let magnitude = 0;
    for (let k = items.start[i] as number; k < (items.start[i + 1] as number); k++) {
      if (branch.forbidden !== undefined && branch.forbidden[k] === 1) continue;
      const p = items.plan[k] as number;
      const cost = items.cost[k] as number;
      const use = (perByte[p] as number) * (items.weight[k] as number);
      const limit = (perDevice[p] as number) + (items.change[k] === 1 ? perChange : 0);
      least = Math.min(least, cost + use + limit);
      magnitude = Math.max(magnitude, cost + Math.abs(use) + Math.abs(limit));
    }
    sum.add(least, magnitude);
  }
  addRows(instance, branch.ranges, prices, sum);
  return sum.lowerBound();
}

/** The rows' part of L at stated prices and the fixed charges, less what rounding may have added. Micros. */
export function boundOfRows(instance: Instance, ranges: Ranges, prices: Float64Array): number {
  const sum = new SafeSum();
  sum.add(instance.fixedCharges, instance.fixedCharges);
  addRows(instance, ranges, prices, sum);
  return sum.lowerBound();
}

/** The least multiple of `lattice` that is at least `value`. Micros. */
export function roundUpTo(lattice: number, value: number): number {
  const whole = Math.ceil(value) + 0; // A bound of −0 would be told apart from 0.
  const rest = whole % lattice;
  return rest === 0 ? whole : whole - rest + (rest > 0 ? lattice : 0);
}

/** Micros that every cost, penalty and block price is a multiple of, and so every attainable bill + penalty. O(options), cut short at 1. */
export function latticeOf(instance: Instance, items: Items): number {
  let lattice = instance.fixedCharges;
  for (const pool of instance.problem.table.pools) {
    if (pool.rate === 0n) continue;
    if (pool.rate % 1_000_000n !== 0n || pool.taxRate !== 0n) return 1;
    lattice = greatestCommonDivisor(lattice, Number(divideRounded(pool.rate, 1_000_000n)));
    if (lattice === 1) return 1;
  }
  for (let i = 0; i < items.count; i++) {
    const penalty = penaltyOf(instance.problem, items.sim?.[i] ?? i);
    for (let k = items.start[i] as number; k < (items.start[i + 1] as number); k++) {
      const moved = items.change[k] === 1 ? penalty : 0;
      lattice = greatestCommonDivisor(lattice, (items.cost[k] as number) - moved);
      if (moved > 0) lattice = greatestCommonDivisor(lattice, moved);
    }
    if (lattice === 1) return 1;
  }
  return Math.max(1, lattice);
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

function limitOf(row: Exclude<Instance["rows"][number], { kind: "pool" }>, ranges: Ranges): number {
  if (row.kind === "changes") return row.limit;
  return (row.kind === "max" ? ranges.most : ranges.least)[row.plan] as number;
}
