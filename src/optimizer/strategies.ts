import type { Problem } from "../billing/problem.ts";
import { mayTake } from "../billing/problem.ts";
import { choiceCost, optionsOf, poolWeight } from "./instance.ts";
import { PoolLevels } from "./marginal-charge.ts";
import { measure } from "./measure.ts";
import type { Assignment, StrategyName } from "./solution.ts";
import { sortedByUsage } from "./usage-order.ts";

/** The greedy strategies: whether SIMs are placed one by one or by current plan, and in which order of usage. */
const GREEDY = {
  no_grouping_largest_first: { grouped: false, largestFirst: true },
  no_grouping_smallest_first: { grouped: false, largestFirst: false },
  grouped_by_plan_largest_first: { grouped: true, largestFirst: true },
  grouped_by_plan_smallest_first: { grouped: true, largestFirst: false },
} as const;

/**
 * Greedy insertion: each SIM, or each group of SIMs on the same current plan with the same choice, goes to the plan
 * with the least marginal cost given what the pools already hold; a tie stays, then goes to the first plan. Plans that
 * are full and changes that are used up are passed over as it goes; commitments are not looked at.
 * O(SIMs · plans) after sorting. `current` leaves every SIM where it is.
 */
export function runStrategy(problem: Problem, name: Exclude<StrategyName, "certified">): Assignment {
  if (name === "current") return measure(problem, Uint16Array.from(problem.current));
  const { grouped, largestFirst } = GREEDY[name];
  const order = sortedByUsage(problem.usage);
  if (largestFirst) order.reverse();
  const greedy = new Greedy(problem);
  const movable: number[][] = [];
  for (const sim of order) {
    if (isFixed(problem, sim)) greedy.place([sim], problem.current[sim] as number);
  }
  if (grouped) movable.push(...groupsOf(problem, order, largestFirst));
  if (grouped) for (const group of movable) greedy.placeCheapest(group);
  else for (const sim of order) if (!isFixed(problem, sim)) greedy.placeCheapest([sim]);
  return measure(problem, greedy.plans);
}

function isFixed(problem: Problem, sim: number): boolean {
  return (problem.choiceSets[problem.choices[sim] as number] as Uint16Array).length === 0;
}

/** SIMs alike in current plan and choice, ordered by the group's total usage. */
function groupsOf(problem: Problem, order: Uint32Array, largestFirst: boolean): number[][] {
  const groups = new Map<number, { sims: number[]; usage: number }>();
  for (const sim of order) {
    if (isFixed(problem, sim)) continue;
    const key =
      (problem.choices[sim] as number) * (problem.table.plans + 1) + (problem.current[sim] as number);
    let group = groups.get(key);
    if (group === undefined) {
      group = { sims: [], usage: 0 };
      groups.set(key, group);
    }
    group.sims.push(sim);
    group.usage += problem.usage[sim] as number;
  }
  const sorted = [...groups.values()].sort((a, b) => (largestFirst ? b.usage - a.usage : a.usage - b.usage));
  return sorted.map(({ sims }) => sims);
}

class Greedy {
  readonly plans: Uint16Array;
  private readonly problem: Problem;
  private readonly pools: PoolLevels;
  private readonly room: Float64Array;
  private changesLeft: number;

  constructor(problem: Problem) {
    this.problem = problem;
    this.plans = Uint16Array.from(problem.current);
    this.pools = new PoolLevels(problem);
    this.room = Float64Array.from(problem.maxDevices);
    this.changesLeft = problem.maxChanges;
  }

  /** Puts SIMs that stand together on the plan that is cheapest for all of them; the current one if none has room. */
  placeCheapest(sims: readonly number[]): void {
    const [first] = sims;
    if (first === undefined) return;
    const current = this.problem.current[first] as number;
    let best = current;
    let least =
      (this.room[current] as number) >= sims.length ? this.cost(sims, current) : Number.POSITIVE_INFINITY;
    for (const plan of optionsOf(this.problem, first)) {
      if (plan === current || (this.room[plan] as number) < sims.length || this.changesLeft < sims.length)
        continue;
      const cost = this.cost(sims, plan);
      if (cost < least) {
        least = cost;
        best = plan;
      }
    }
    this.place(sims, best);
  }

  private cost(sims: readonly number[], plan: number): number {
    let cost = 0;
    let weight = 0;
    for (const sim of sims) {
      if (!mayTake(this.problem, sim, plan)) return Number.POSITIVE_INFINITY;
      cost += choiceCost(this.problem, sim, plan);
      weight += poolWeight(this.problem, sim, plan);
    }
    const pool = this.problem.table.poolOf[plan] as number;
    return pool < 0 ? cost : cost + this.pools.marginal(pool, weight);
  }

  place(sims: readonly number[], plan: number): void {
    const pool = this.problem.table.poolOf[plan] as number;
    for (const sim of sims) {
      this.plans[sim] = plan;
      if (plan !== this.problem.current[sim]) this.changesLeft--;
      if (pool >= 0) this.pools.add(pool, poolWeight(this.problem, sim, plan));
    }
    this.room[plan] = (this.room[plan] as number) - sims.length;
  }
}
