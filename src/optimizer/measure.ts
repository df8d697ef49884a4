import type { Problem } from "../billing/problem.ts";
import { penaltyOf } from "../billing/problem.ts";
import { ownCost, poolBlocksCost, startedBlocks } from "../billing/rate-table.ts";
import { poolWeight } from "./instance.ts";
import type { Assignment } from "./solution.ts";

/** Prices an assignment exactly and says whether it keeps the limits. O(SIMs). */
export function measure(problem: Problem, plans: Uint16Array): Assignment {
  const { table } = problem;
  const excess = Float64Array.from(table.pools, (pool) => -(pool.fixed?.includedBytes ?? 0));
  const devices = new Float64Array(table.plans);
  let bill = 0;
  let penalty = 0;
  let changes = 0;
  for (let sim = 0; sim < problem.size; sim++) {
    const plan = plans[sim] as number;
    bill += ownCost(table, problem.ratingClass[sim] as number, plan, problem.usage[sim] as number);
    devices[plan] = (devices[plan] as number) + 1;
    const pool = table.poolOf[plan] as number;
    if (pool >= 0) excess[pool] = (excess[pool] as number) + poolWeight(problem, sim, plan);
    if (plan === problem.current[sim]) continue;
    changes++;
    penalty += penaltyOf(problem, sim);
  }
  table.pools.forEach((pool, q) => {
    const over = excess[q] as number;
    const { overage, tax } = poolBlocksCost(pool, over > 0 ? startedBlocks(over, 0, pool.blockBytes) : 0);
    bill += overage + tax + (pool.fixed?.chargeMicros ?? 0);
  });
  const feasible =
    changes <= problem.maxChanges &&
    devices.every(
      (count, plan) =>
        count <= (problem.maxDevices[plan] as number) && count >= (problem.minDevices[plan] as number),
    );
  return { plans, bill, penalty, changes, feasible };
}
