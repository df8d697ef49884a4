import { blocksMicros, startedBlocks, taxMicros } from "../billing/rate-table.ts";
import type { Problem } from "../billing/problem.ts";

/** What pools hold while SIMs are put in one by one: bytes above (+) or below (−) the allowance. Charges are exact. */
export class PoolLevels {
  private readonly problem: Problem;
  private readonly excess: Float64Array;
  private readonly charge: Float64Array;

  constructor(problem: Problem) {
    this.problem = problem;
    this.excess = Float64Array.from(problem.table.pools, (pool) => -(pool.fixed?.includedBytes ?? 0));
    this.charge = new Float64Array(problem.table.pools.length);
  }

  /** Micros by which the pool's charge changes when `weight` bytes join it. */
  marginal(pool: number, weight: number): number {
    return this.chargeAt(pool, (this.excess[pool] as number) + weight) - (this.charge[pool] as number);
  }

  add(pool: number, weight: number): void {
    this.excess[pool] = (this.excess[pool] as number) + weight;
    this.charge[pool] = this.chargeAt(pool, this.excess[pool] as number);
  }

  private chargeAt(pool: number, excess: number): number {
    const terms = this.problem.table.pools[pool];
    if (excess <= 0 || terms === undefined || terms.rate === 0n) return 0;
    const overage = blocksMicros(
      startedBlocks(excess, 0, terms.blockBytes),
      terms.rateMicros,
      terms.rateRest,
    );
    return overage + taxMicros(terms.taxRate, overage);
  }
}
