import type { Instance } from "./instance.ts";
import type { Items } from "./items.ts";
import type { SearchState } from "./search-state.ts";

/**
 * At fixed prices the cost of a choice is L(prices) + Σ regret of each option taken + Σ waste of each resource:
 * paid-for allowance that is not used, a started block that is not filled, a limit that is priced and not reached.
 * Every term is ≥ 0 while the prices are within their caps, so a search needs to look only at what waste there is.
 *
 * Resources are numbered: pools first, then plans (device counts), then the count of changes, then a last one that
 * never costs anything and stands for "no pool".
 */
export class Waste {
  readonly resources: number;
  readonly nothing: number;
  private readonly pools: number;
  private readonly plans: number;
  private readonly poolPrice: Float64Array;
  private readonly blockBytes: Float64Array;
  private readonly blockPrice: Float64Array;
  private readonly maxPrice: Float64Array;
  private readonly maxLimit: Float64Array;
  private readonly minPrice: Float64Array;
  private readonly minLimit: Float64Array;
  private readonly changePrice: number;
  private readonly changeLimit: number;
  /** Micros for each SIM that a limit is broken by: more than any move can win. */
  private readonly breach: number;

  constructor(instance: Instance, prices: Float64Array, breach: number) {
    this.pools = instance.pools.length;
    this.plans = instance.problem.table.plans;
    this.resources = this.pools + this.plans + 2;
    this.nothing = this.resources - 1;
    this.breach = breach;
    this.poolPrice = new Float64Array(this.pools);
    this.blockBytes = Float64Array.from(instance.pools, (pool) => pool.blockBytes);
    this.blockPrice = Float64Array.from(instance.pools, (pool) => (pool.charges ? pool.blockPrice : 0));
    this.maxPrice = new Float64Array(this.plans);
    this.maxLimit = new Float64Array(this.plans).fill(Number.POSITIVE_INFINITY);
    this.minPrice = new Float64Array(this.plans);
    this.minLimit = new Float64Array(this.plans);
    let changePrice = 0;
    let changeLimit = Number.POSITIVE_INFINITY;
    instance.rows.forEach((row, r) => {
      const price = prices[r] as number;
      if (row.kind === "pool") this.poolPrice[row.pool] = price;
      else if (row.kind === "max") {
        this.maxPrice[row.plan] = price;
        this.maxLimit[row.plan] = instance.problem.maxDevices[row.plan] as number;
      } else if (row.kind === "min") {
        this.minPrice[row.plan] = price;
        this.minLimit[row.plan] = instance.problem.minDevices[row.plan] as number;
      } else {
        changePrice = price;
        changeLimit = row.limit;
      }
    });
    this.changePrice = changePrice;
    this.changeLimit = changeLimit;
  }

  ofPlan(plan: number): number {
    return this.pools + plan;
  }

  /** Whether a plan has a limit on its SIMs. */
  limits(plan: number): boolean {
    return (this.maxLimit[plan] as number) < Number.POSITIVE_INFINITY || (this.minLimit[plan] as number) > 0;
  }

  /** Micros per byte of a pool; 0 outside pools (−1). */
  priceOf(pool: number): number {
    return pool < 0 ? 0 : (this.poolPrice[pool] as number);
  }

  get ofChanges(): number {
    return this.pools + this.plans;
  }

  /** Micros wasted where a resource stands at `level` (bytes of excess, SIMs on a plan, changes). */
  at(resource: number, level: number): number {
    if (resource < this.pools) {
      const paid = -(this.poolPrice[resource] as number) * level;
      return level <= 0
        ? paid
        : paid +
            Math.ceil(level / (this.blockBytes[resource] as number)) * (this.blockPrice[resource] as number);
    }
    if (resource === this.nothing) return 0;
    if (resource === this.ofChanges) {
      if (level > this.changeLimit) return (level - this.changeLimit) * this.breach;
      return this.changePrice === 0 ? 0 : this.changePrice * (this.changeLimit - level);
    }
    const plan = resource - this.pools;
    const over = level - (this.maxLimit[plan] as number);
    const under = (this.minLimit[plan] as number) - level;
    const maxWaste =
      over > 0
        ? over * this.breach
        : over === Number.NEGATIVE_INFINITY
          ? 0
          : -over * (this.maxPrice[plan] as number);
    return maxWaste + (under > 0 ? under * this.breach : -under * (this.minPrice[plan] as number));
  }

  /** Where every resource stands in a state. */
  levels(state: SearchState): Float64Array {
    const levels = new Float64Array(this.resources);
    levels.set(state.excess);
    levels.set(state.devices, this.pools);
    levels[this.ofChanges] = state.changes;
    return levels;
  }
}

/** Whether limits matter at all: without them a move touches only pools. */
export function hasLimits({ problem }: Instance): boolean {
  return (
    problem.maxChanges < problem.size ||
    problem.minDevices.some((limit) => limit > 0) ||
    problem.maxDevices.some((limit) => limit < problem.size)
  );
}

/** Regret per option: its reduced cost above its item's least, micros ≥ 0. O(options). */
export function regretsOf(instance: Instance, items: Items, reduced: Float64Array): Float64Array {
  const regrets = new Float64Array(reduced.length);
  for (let i = 0; i < items.count; i++) {
    const first = items.start[i] as number;
    const end = items.start[i + 1] as number;
    let least = Number.POSITIVE_INFINITY;
    for (let k = first; k < end; k++) least = Math.min(least, reduced[k] as number);
    for (let k = first; k < end; k++) regrets[k] = (reduced[k] as number) - least;
  }
  return regrets;
}
