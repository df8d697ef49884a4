import type { Problem } from "../src/billing/problem.ts";
import { penaltyOf } from "../src/billing/problem.ts";
import { ownCost, poolBlocksCost, startedBlocks, usageOn } from "../src/billing/rate-table.ts";
import { optionsOf } from "../src/optimizer/instance.ts";
import { measure } from "../src/optimizer/measure.ts";
import type { Assignment } from "../src/optimizer/solution.ts";

/** Each SIM on the plan that would be cheapest if it were alone in its pool, priced as it will really be billed. */
export function perSimMinimum(problem: Problem): Assignment {
  const plans = Uint16Array.from(problem.current);
  for (let sim = 0; sim < problem.size; sim++) {
    let least = Number.POSITIVE_INFINITY;
    for (const plan of optionsOf(problem, sim)) {
      const cost = costAlone(problem, sim, plan);
      if (cost >= least) continue;
      least = cost;
      plans[sim] = plan;
    }
  }
  return measure(problem, plans);
}

function costAlone(problem: Problem, sim: number, plan: number): number {
  const { table } = problem;
  const ratingClass = problem.ratingClass[sim] as number;
  const usage = problem.usage[sim] as number;
  const penalty = plan === problem.current[sim] ? 0 : penaltyOf(problem, sim);
  const cost = ownCost(table, ratingClass, plan, usage) + penalty;
  const pool = table.pools[table.poolOf[plan] as number];
  if (pool === undefined) return cost;
  const included = table.included[ratingClass * table.plans + plan] as number;
  const { overage, tax } = poolBlocksCost(
    pool,
    startedBlocks(usageOn(table, plan, usage), included, pool.blockBytes),
  );
  return cost + overage + tax;
}
