import type { ExactFleet } from "./exact-fleet.ts";
import { blocksCharge, ownCost, startedBlocks } from "./exact-rating.ts";
import type { ExactPlan, ExactPool } from "./exact-tariff.ts";

/** What a pool comes to. Bytes and micros. */
export interface ExactPoolBill {
  readonly usage: bigint;
  readonly allowance: bigint;
  readonly members: number;
  readonly overage: bigint;
  readonly tax: bigint;
  /** A fixed pool's own charge. */
  readonly charge: bigint;
}

/** What an assignment of the SIMs in the bill costs. Micros. */
export interface ExactBill {
  readonly total: bigint;
  /** By index of the tariff's pools. */
  readonly pools: readonly ExactPoolBill[];
}

type PoolSums = Pick<ExactPoolBill, "usage" | "allowance" | "members">;

/** Micros a SIM of the bill costs on a plan by itself. */
export function simCost(fleet: ExactFleet, row: number, plan: number): bigint {
  return ownCost(fleet.plans[plan] as ExactPlan, fleet.terms(row, plan), fleet.counted(row, plan));
}

/** Prices an assignment: plan index by row. O(rows + pools). */
export function exactBill(fleet: ExactFleet, planOf: Uint16Array): ExactBill {
  const pools = fleet.pools.map((pool) => ({
    usage: 0n,
    allowance: pool.fixed?.allowance ?? 0n,
    members: 0,
  }));
  let total = 0n;
  for (let row = 0; row < fleet.size; row++) {
    if (!fleet.inBill(row)) continue;
    const plan = planOf[row] as number;
    total += simCost(fleet, row, plan);
    const index = fleet.plans[plan]?.pool ?? -1;
    const pool = pools[index];
    if (pool === undefined) continue;
    pool.members++;
    pool.usage += fleet.counted(row, plan);
    if (fleet.pools[index]?.fixed === undefined) pool.allowance += fleet.terms(row, plan).included;
  }
  const billed = fleet.pools.map((pool, index) => billPool(pool, pools[index] as PoolSums));
  for (const { overage, tax, charge } of billed) total += overage + tax + charge;
  return { total, pools: billed };
}

function billPool(pool: ExactPool, sums: PoolSums): ExactPoolBill {
  const blocks = startedBlocks(pool, sums.usage, sums.allowance);
  return { ...sums, ...blocksCharge(pool, blocks), charge: pool.fixed?.charge ?? 0n };
}
