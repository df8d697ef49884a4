import type { Instance } from "./instance.ts";
import type { Items } from "./items.ts";
import type { Ranges, Evaluation } from "./lagrangian.ts";
import { evaluate, priceCap } from "./lagrangian.ts";
import { Master } from "./master.ts";

/** A choice for every item, the prices it is cheapest at, and its share in the best mixture; shares sum to 1. */
export interface WeightedChoice {
  readonly choice: Uint16Array;
  readonly prices: Float64Array;
  readonly weight: number;
}

export interface DualResult {
  /** The best prices found. */
  readonly prices: Float64Array;
  /** L at those prices, micros. Infinity where a branch leaves an item without an option. */
  readonly value: number;
  readonly best: Evaluation;
  /** The solution of the relaxation: a mixture of choices that keeps the rows. */
  readonly mixture: readonly WeightedChoice[];
  readonly evaluations: number;
}

export interface DualOptions {
  readonly start: Float64Array;
  /** First half-width of the box that the prices may move in, as a share of each row's scale. */
  readonly radius: number;
  readonly forbidden?: Uint8Array | undefined;
  /** Micros: good enough when no more than this can be won. */
  readonly tolerance: number;
  /** Micros: stop as soon as the value is above this. */
  readonly target?: number;
  readonly maxEvaluations: number;
}

/** A price of typical size per row: a pool's cap; the mean cost of a SIM's first option for a limit. Micros. */
export function rowScales(instance: Instance, items: Items): Float64Array {
  let sum = 0;
  let devices = 0;
  for (let i = 0; i < items.count; i++) {
    sum += items.cost[items.start[i] as number] as number;
    devices += items.multiplicity[i] as number;
  }
  return scalesAround(instance, sum / Math.max(1, devices));
}

/** A price of typical size per row: a pool's cap; for a limit what a SIM costs. Micros. */
export function scalesAround(instance: Instance, simCost: number): Float64Array {
  const typical = Math.max(1, simCost);
  return Float64Array.from(instance.rows, (row) => {
    const terms = row.kind === "pool" ? instance.pools[row.pool] : undefined;
    return terms === undefined ? typical : terms.blockPrice / terms.blockBytes;
  });
}

/**
 * Maximises the Lagrangian of items over the prices. Deterministic; about 30 to 100 evaluations of O(options) each.
 */
export function maximizeDual(
  instance: Instance,
  items: Items,
  ranges: Ranges,
  options: DualOptions,
): DualResult {
  const evaluateAt = (prices: Float64Array): Evaluation =>
    evaluate(instance, items, ranges, prices, options.forbidden);
  return maximizeConcave(instance, ranges, rowScales(instance, items), evaluateAt, options);
}

/**
 * Maximises a Lagrangian over the prices by cutting planes inside a box that follows the best point.
 * @param scale a price of typical size per row.
 */
export function maximizeConcave(
  instance: Instance,
  ranges: Ranges,
  scale: Float64Array,
  evaluateAtPrices: (prices: Float64Array) => Evaluation,
  options: Omit<DualOptions, "forbidden">,
): DualResult {
  const rows = instance.rows.length;
  const cap = Float64Array.from(instance.rows, (row, r) =>
    row.kind === "pool"
      ? priceCap(instance, row.pool, ranges) / (scale[r] as number)
      : Number.POSITIVE_INFINITY,
  );
  const prices = new Float64Array(rows);
  const evaluateAt = (z: Float64Array): Evaluation => {
    for (let r = 0; r < rows; r++) prices[r] = (z[r] as number) * (scale[r] as number);
    return evaluateAtPrices(prices);
  };
  let center = Float64Array.from(options.start, (price, r) =>
    clamp(price / (scale[r] as number), 0, cap[r] as number),
  );
  let best = evaluateAt(center);
  let evaluations = 1;
  const done = (mixture: readonly WeightedChoice[]): DualResult => ({
    prices: Float64Array.from(center, (z, r) => z * (scale[r] as number)),
    value: best.value,
    best,
    mixture,
    evaluations,
  });
  if (rows === 0 || best.value === Number.POSITIVE_INFINITY)
    return done([{ choice: best.choice, prices: Float64Array.from(prices), weight: 1 }]);

  const money = Math.max(1, Math.abs(best.value));
  const master = new Master(rows);
  const cuts: Omit<WeightedChoice, "weight">[] = [];
  const cut = (at: Float64Array, evaluation: Evaluation): void => {
    const slope = evaluation.gradient.map((g, r) => (g * (scale[r] as number)) / money);
    let constant = evaluation.value / money;
    for (let r = 0; r < rows; r++) constant -= (slope[r] as number) * (at[r] as number);
    master.addCut(constant, slope);
    cuts.push({ choice: evaluation.choice, prices: Float64Array.from(prices) });
  };
  cut(center, best);
  let radius = options.radius;
  let model = Number.POSITIVE_INFINITY;
  const lower = new Float64Array(rows);
  const upper = new Float64Array(rows);
  while (evaluations < options.maxEvaluations && best.value <= (options.target ?? Number.POSITIVE_INFINITY)) {
    for (let r = 0; r < rows; r++) {
      lower[r] = Math.max(0, (center[r] as number) - radius);
      upper[r] = Math.min(cap[r] as number, (center[r] as number) + radius);
    }
    master.setBox(lower, upper);
    const { z, t } = master.solve();
    model = t * money;
    const atEdge = touchesBox(z, lower, upper, cap);
    const gain = model - best.value;
    if (gain <= options.tolerance) {
      if (!atEdge || radius > 64) break;
      radius *= 8;
      if (gain <= options.tolerance / 8 && radius > 4) break;
      continue;
    }
    for (let r = 0; r < rows; r++) z[r] = clamp(z[r] as number, lower[r] as number, upper[r] as number);
    const evaluation = evaluateAt(z);
    evaluations++;
    cut(z, evaluation);
    const won = evaluation.value - best.value;
    if (won > 0) {
      if (won > 0.5 * gain && atEdge) radius *= 2.5;
      center = Float64Array.from(z);
      best = evaluation;
    } else if (won < -gain) {
      radius = Math.max(radius * 0.4, 1e-7);
    }
    if (master.cuts > 6 * rows + 60) {
      const kept = master.forget(2 * rows + 20);
      cuts.splice(0, cuts.length, ...kept.flatMap((k) => cuts[k] ?? []));
    }
  }
  master.setBox(lower, upper);
  master.solve();
  return done(
    master.weights().flatMap(({ cut: k, weight }) => {
      const known = cuts[k];
      return known === undefined ? [] : { ...known, weight };
    }),
  );
}

function touchesBox(z: Float64Array, lower: Float64Array, upper: Float64Array, cap: Float64Array): boolean {
  return z.some(
    (value, r) =>
      (value <= (lower[r] as number) + 1e-12 && (lower[r] as number) > 0) ||
      (value >= (upper[r] as number) - 1e-12 && (upper[r] as number) < (cap[r] as number)),
  );
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** Where the search for prices begins: pools at a little over half their cap, limits free. */
export function startPrices(instance: Instance, scale: Float64Array): Float64Array {
  return Float64Array.from(scale, (size, r) => (instance.rows[r]?.kind === "pool" ? size * 0.6 : 0));
}
