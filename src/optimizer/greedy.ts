import type { Problem } from "../billing/problem.ts";
import { penaltyOf } from "../billing/problem.ts";
import { holdsUsage, ownCost } from "../billing/rate-table.ts";
import { poolWeight } from "./instance.ts";
import { PoolLevels } from "./marginal-charge.ts";

/** Puts SIMs on plans for good, each time where that costs least given what the pools already hold. */
export class Greedy {
  /** Plan per SIM; the current one until it is placed. */
  readonly plans: Uint16Array;
  private readonly problem: Problem;
  private readonly pools: PoolLevels;
  /** SIMs that still fit on each plan. */
  private readonly room: Float64Array;
  private changesLeft: number;

  constructor(problem: Problem) {
    this.problem = problem;
    this.plans = Uint16Array.from(problem.current);
    this.pools = new PoolLevels(problem.table);
    this.room = Float64Array.from(problem.maxDevices);
    this.changesLeft = problem.maxChanges;
  }

  /** Leaves a SIM where it is. O(1). */
  stay(sim: number): void {
    this.put(sim, this.problem.current[sim] as number);
  }

  /** `placeTogether` for one SIM. O(plans). */
  place(sim: number): void {
    const { problem, room } = this;
    const current = problem.current[sim] as number;
    let best = current;
    let least = (room[current] as number) >= 1 ? this.costOf(sim, current) : Number.POSITIVE_INFINITY;
    if (this.changesLeft >= 1) {
      const set = problem.choiceSets[problem.choices[sim] as number] as Uint16Array;
      const penalty = penaltyOf(problem, sim);
      for (let at = 0; at < set.length; at++) {
        const plan = set[at] as number;
        if (plan === current || (room[plan] as number) < 1 || !this.holds(sim, plan)) continue;
        const cost = this.costOf(sim, plan) + penalty;
        if (cost >= least) continue;
        least = cost;
        best = plan;
      }
    }
    this.put(sim, best);
  }

  private holds(sim: number, plan: number): boolean {
    const { table, ratingClass, usage } = this.problem;
    return holdsUsage(table, ratingClass[sim] as number, plan, usage[sim] as number);
  }

  private costOf(sim: number, plan: number): number {
    const { table, ratingClass, usage } = this.problem;
    const cost = ownCost(table, ratingClass[sim] as number, plan, usage[sim] as number);
    const pool = table.poolOf[plan] as number;
    return pool < 0 ? cost : cost + this.pools.marginal(pool, poolWeight(this.problem, sim, plan));
  }

  /**
   * Puts SIMs, alike in current plan and choice set, together on the plan that costs least for all of them: their own
   * costs, penalties, and what the plan's pool charges more. Plans without room for all and, where changes are used up,
   * all other plans are passed over; the current plan takes them where no other can. A tie stays, then goes to the
   * first plan. O(SIMs · plans).
   */
  placeTogether(sims: Uint32Array): void {
    const [first] = sims;
    if (first === undefined) return;
    const { problem, room } = this;
    const current = problem.current[first] as number;
    const set = problem.choiceSets[problem.choices[first] as number] as Uint16Array;
    let best = current;
    let least =
      (room[current] as number) >= sims.length ? this.costOfAll(sims, current) : Number.POSITIVE_INFINITY;
    if (this.changesLeft >= sims.length) {
      const penalty = this.penaltiesOf(sims);
      for (const plan of set) {
        if (plan === current || (room[plan] as number) < sims.length) continue;
        const cost = this.costOfAll(sims, plan) + penalty;
        if (cost >= least) continue;
        least = cost;
        best = plan;
      }
    }
    for (let at = 0; at < sims.length; at++) this.put(sims[at] as number, best);
  }

  private penaltiesOf(sims: Uint32Array): number {
    if (typeof this.problem.penalty === "number") return this.problem.penalty * sims.length;
    let sum = 0;
    for (const sim of sims) sum += penaltyOf(this.problem, sim);
    return sum;
  }

  /** Micros that a plan costs for all SIMs; Infinity where it does not hold the usage of each. */
  private costOfAll(sims: Uint32Array, plan: number): number {
    const { problem } = this;
    const { table } = problem;
    const pool = table.poolOf[plan] as number;
    const isCurrent = plan === problem.current[sims[0] as number];
    let cost = 0;
    let weight = 0;
    for (let at = 0; at < sims.length; at++) {
      const sim = sims[at] as number;
      if (!isCurrent && !this.holds(sim, plan)) return Number.POSITIVE_INFINITY;
      cost += ownCost(table, problem.ratingClass[sim] as number, plan, problem.usage[sim] as number);
      if (pool >= 0) weight += poolWeight(problem, sim, plan);
    }
    return pool < 0 ? cost : cost + this.pools.marginal(pool, weight);
  }

  private put(sim: number, plan: number): void {
    const { problem } = this;
    const pool = problem.table.poolOf[plan] as number;
    this.plans[sim] = plan;
    this.room[plan] = (this.room[plan] as number) - 1;
    if (plan !== problem.current[sim]) this.changesLeft--;
    if (pool >= 0) this.pools.add(pool, poolWeight(problem, sim, plan));
  }
}
