import type { ExactFleet } from "./exact-fleet.ts";
import { GRAINS_PER_MICRO } from "./exact.ts";
import type { Limits } from "./limits.ts";
import type { BlockRange } from "./pool-term.ts";
import { blocksTerm } from "./pool-term.ts";

/** The prices of one leaf, by index, in grains. */
export interface LeafPrices {
  /** Per byte, per pool. */
  readonly pools: readonly bigint[];
  /** Per SIM, per plan: the price of its upper limit less that of its lower. */
  readonly plans: readonly bigint[];
  /** Per changed SIM. */
  readonly change: bigint;
  /** − Σ upper price · limit + Σ lower price · limit − change price · most changes. */
  readonly constant: bigint;
}

/** What the branchings leave a SIM: one plan, or any but some. */
export interface Restriction {
  readonly on: number | undefined;
  readonly off: readonly number[];
}

/** The part of the fleet's choices that a leaf is about. */
export interface LeafScope {
  readonly ranges: readonly BlockRange[];
  readonly restrictions: ReadonlyMap<number, Restriction>;
}

/** `bound` in grains; or the leaf holds no assignment that keeps the limits; or a pool has no least value. */
export type LeafResult =
  | { readonly kind: "bound"; readonly bound: bigint }
  | { readonly kind: "empty" }
  | { readonly kind: "unbounded"; readonly pool: number };

export function allows(restriction: Restriction | undefined, plan: number): boolean {
  if (restriction === undefined) return true;
  return (restriction.on === undefined || restriction.on === plan) && !restriction.off.includes(plan);
}

/** Whether a SIM has a plan left under a restriction. */
export function leavesPlan(fleet: ExactFleet, row: number, restriction: Restriction): boolean {
  const { count, plan } = fleet.options(row);
  for (let k = 0; k < count; k++) if (allows(restriction, plan[k] as number)) return true;
  return false;
}

/**
 * The least bill + penalties that any assignment of the leaf can have, priced as `docs/certificate.md` says.
 * O(rows · plans).
 */
export function leafBound(
  fleet: ExactFleet,
  limits: Limits,
  prices: LeafPrices,
  scope: LeafScope,
): LeafResult {
  const only = new Float64Array(fleet.plans.length);
  const possible = new Float64Array(fleet.plans.length);
  let forcedChanges = 0;
  let sum = prices.constant;
  for (let row = 0; row < fleet.size; row++) {
    if (!fleet.inBill(row)) continue;
    const options = fleet.options(row);
    const restriction = scope.restrictions.size === 0 ? undefined : scope.restrictions.get(row);
    let least: bigint | undefined;
    let allowed = 0;
    let last = -1;
    let mayStay = false;
    const change = options.count > 1 ? fleet.penalty(row) * GRAINS_PER_MICRO + prices.change : 0n;
    for (let k = 0; k < options.count; k++) {
      const plan = options.plan[k] as number;
      if (restriction !== undefined && !allows(restriction, plan)) continue;
      const value = reducedCost(fleet, prices, plan, options.own[k] as bigint, options.weight[k] as bigint);
      const total = k === 0 ? value : value + change;
      if (least === undefined || total < least) least = total;
      if (k === 0) mayStay = true;
      allowed++;
      last = plan;
      possible[plan] = (possible[plan] as number) + 1;
    }
    if (least === undefined) return { kind: "empty" };
    sum += least;
    if (allowed === 1) only[last] = (only[last] as number) + 1;
    if (!mayStay) forcedChanges++;
  }
  if (breaksLimits(limits, only, possible, forcedChanges)) return { kind: "empty" };
  return addPools(fleet, prices, scope.ranges, sum);
}

function reducedCost(
  fleet: ExactFleet,
  prices: LeafPrices,
  plan: number,
  own: bigint,
  weight: bigint,
): bigint {
  const limitPrice = prices.plans[plan] as bigint;
  const poolPrice = prices.pools[fleet.plans[plan]?.pool ?? -1];
  const value = limitPrice === 0n ? own : own + limitPrice;
  return poolPrice === undefined || poolPrice === 0n ? value : value + poolPrice * weight;
}

/** Counting alone: SIMs that can only be on a plan, SIMs that can be on it at all, SIMs that must change. */
function breaksLimits(
  limits: Limits,
  only: Float64Array,
  possible: Float64Array,
  forcedChanges: number,
): boolean {
  if (limits.maxChanges !== undefined && BigInt(forcedChanges) > limits.maxChanges) return true;
  return limits.plans.some(
    ({ min, max }, plan) =>
      (max !== undefined && BigInt(only[plan] as number) > max) || BigInt(possible[plan] as number) < min,
  );
}

function addPools(
  fleet: ExactFleet,
  prices: LeafPrices,
  ranges: readonly BlockRange[],
  simSum: bigint,
): LeafResult {
  let bound = simSum;
  for (const [index, pool] of fleet.pools.entries()) {
    const price = prices.pools[index] as bigint;
    const term = blocksTerm(pool, ranges[index] as BlockRange, price);
    if (term === undefined) return { kind: "unbounded", pool: index };
    bound += term;
    if (pool.fixed !== undefined)
      bound += pool.fixed.charge * GRAINS_PER_MICRO - price * pool.fixed.allowance;
  }
  return { kind: "bound", bound };
}
