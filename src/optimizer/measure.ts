import type { Problem } from "../billing/problem.ts";
import { penaltyOf } from "../billing/problem.ts";
import { PlanKind, ownCost, poolBlocksCost, startedBlocks, usageOn } from "../billing/rate-table.ts";
import type { Assignment } from "./solution.ts";

/** Sums over SIMs on their plans. */
export interface Tally {
  /** Micros of the SIMs' own costs, and of the penalties of the changes. */
  readonly cost: number;
  readonly penalty: number;
  readonly changes: number;
  /** SIMs per plan. */
  readonly devices: Float64Array;
  /** Bytes per pool: usage less what the SIMs bring. */
  readonly weight: Float64Array;
}

/**
 * Sums up the SIMs on their plans, exactly. O(SIMs).
 * @param skipped 1 for the SIMs that are left out; none unless said.
 */
export function tally(problem: Problem, plans: Uint16Array, skipped?: Uint8Array): Tally {
  const { table, ratingClass, usage, current } = problem;
  const { poolOf, flatCost, increment } = table;
  const brought = broughtPerCell(problem);
  const hasSteps = Uint8Array.from(table.kind, (kind) => (kind === PlanKind.individual ? 1 : 0));
  const weight = new Float64Array(table.pools.length);
  const devices = new Float64Array(table.plans);
  let [cost, penalty, changes] = [0, 0, 0];
  for (let sim = 0; sim < problem.size; sim++) {
    if (skipped !== undefined && skipped[sim] === 1) continue;
    const plan = plans[sim] as number;
    const used = usage[sim] as number;
    const cell = (ratingClass[sim] as number) * table.plans + plan;
    cost +=
      hasSteps[plan] === 1
        ? ownCost(table, ratingClass[sim] as number, plan, used)
        : (flatCost[cell] as number);
    devices[plan] = (devices[plan] as number) + 1;
    const pool = poolOf[plan] as number;
    if (pool >= 0) {
      const rounded = (increment[plan] as number) <= 1 ? used : usageOn(table, plan, used);
      weight[pool] = (weight[pool] as number) + rounded - (brought[cell] as number);
    }
    if (plan === current[sim]) continue;
    changes++;
    penalty += penaltyOf(problem, sim);
  }
  return { cost, penalty, changes, devices, weight };
}

/** Bytes that a SIM of each class on each plan brings to the plan's pool. */
function broughtPerCell({ table }: Problem): Float64Array {
  return table.included.map((included, cell) => {
    const pool = table.poolOf[cell % table.plans] as number;
    return pool < 0 || table.pools[pool]?.fixed !== undefined ? 0 : included;
  });
}

/** Prices an assignment exactly and says whether it keeps the limits. O(SIMs). */
export function measure(problem: Problem, plans: Uint16Array): Assignment {
  const { cost, penalty, changes, devices, weight } = tally(problem, plans);
  let bill = cost;
  problem.table.pools.forEach((pool, q) => {
    const over = (weight[q] as number) - (pool.fixed?.includedBytes ?? 0);
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
