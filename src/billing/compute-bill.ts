import type { Bill, PlanBill, PoolBill } from "./bill.ts";
import { PoolwiseError } from "./errors.ts";
import type { Fleet } from "./fleet.ts";
import { isExcluded } from "./participation.ts";
import type { RateTable, TablePool } from "./rate-table.ts";
import {
  amountPastBounds,
  individualOverage,
  poolOverage,
  taxMicros,
  taxRateOf,
  usageOn,
} from "./rate-table.ts";
import type { RatedFleet } from "./share-pools.ts";
import { sharePools } from "./share-pools.ts";
import { MAX_TOTAL_BYTES, MAX_TOTAL_MICROS } from "./units.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Sums over the SIMs that are rated, and each SIM's own cost. */
interface Tally {
  readonly ownCost: Float64Array;
  readonly plans: readonly Mutable<PlanBill>[];
  readonly poolMembers: Uint32Array;
  readonly poolUsage: Float64Array;
  readonly poolAllowance: Float64Array;
}

/**
 * Prices an assignment of a fleet: every SIM, every pool, and each SIM's share of its pool. O(SIMs + pools).
 * @param plans plan index per row of the fleet.
 * @throws PoolwiseError `bounds-exceeded` where the bill passes 2^53 micros, or a pool's usage or allowance 2^53 bytes.
 */
export function computeBill(
  fleet: Fleet,
  table: RateTable,
  ratingClass: Uint32Array,
  participation: Uint8Array,
  plans: Uint16Array,
): Bill {
  const rated: RatedFleet = { fleet, table, ratingClass, participation, plans };
  const tally = tallySims(rated);
  const pools = table.pools.map((pool, q) => billPool(pool, q, tally));
  let total = 0;
  for (const plan of tally.plans) total += plan.base + plan.overage + plan.fee + plan.tax;
  for (const pool of pools) total += pool.overage + pool.tax + pool.fixedCharge;
  if (total > MAX_TOTAL_MICROS) throw amountPastBounds("The bill");
  return { total, ownCost: tally.ownCost, poolShare: sharePools(rated, pools), pools, plans: tally.plans };
}

function tallySims(rated: RatedFleet): Tally {
  const { fleet, table, participation, plans } = rated;
  const tally = emptyTally(fleet.size, table);
  for (let row = 0; row < fleet.size; row++) {
    if (isExcluded(participation[row] as number)) continue;
    tally.ownCost[row] = rateSim(rated, row, tally.plans[plans[row] as number] as Mutable<PlanBill>);
    joinPool(rated, row, tally);
  }
  return tally;
}

function emptyTally(size: number, table: RateTable): Tally {
  const pools = table.pools.length;
  return {
    ownCost: new Float64Array(size).fill(Number.NaN),
    plans: table.codes.map(() => ({ devices: 0, usageBytes: 0, base: 0, overage: 0, fee: 0, tax: 0 })),
    poolMembers: new Uint32Array(pools),
    poolUsage: new Float64Array(pools),
    poolAllowance: Float64Array.from(table.pools, (pool) => pool.fixed?.includedBytes ?? 0),
  };
}

/** Adds a SIM's charges to its plan's bill and returns what it costs without its pool, in micros. */
function rateSim(
  { fleet, table, ratingClass, plans }: RatedFleet,
  row: number,
  bill: Mutable<PlanBill>,
): number {
  const plan = plans[row] as number;
  const usage = fleet.usageBytes[row] as number;
  const simClass = ratingClass[row] as number;
  const cell = simClass * table.plans + plan;
  const base = table.base[cell] as number;
  const fee = table.fee[plan] as number;
  const flatCost = table.flatCost[cell] as number;
  const overage = individualOverage(table, cell, plan, usage);
  const tax = overage === 0 ? flatCost - base - fee : taxMicros(taxRateOf(table, simClass), base + overage);
  bill.devices++;
  bill.usageBytes += usage;
  bill.base += base;
  bill.overage += overage;
  bill.fee += fee;
  bill.tax += tax;
  return base + overage + fee + tax;
}

/** Adds a SIM's usage and allowance to its pool. */
function joinPool({ fleet, table, ratingClass, plans }: RatedFleet, row: number, tally: Tally): void {
  const plan = plans[row] as number;
  const pool = table.poolOf[plan] as number;
  if (pool < 0) return;
  const { poolMembers, poolUsage, poolAllowance } = tally;
  poolMembers[pool] = (poolMembers[pool] as number) + 1;
  poolUsage[pool] = (poolUsage[pool] as number) + usageOn(table, plan, fleet.usageBytes[row] as number);
  if (table.pools[pool]?.fixed !== undefined) return;
  const included = table.included[(ratingClass[row] as number) * table.plans + plan] as number;
  poolAllowance[pool] = (poolAllowance[pool] as number) + included;
}

function billPool(pool: TablePool, q: number, tally: Tally): PoolBill {
  const usageBytes = tally.poolUsage[q] as number;
  const allowanceBytes = tally.poolAllowance[q] as number;
  if (usageBytes > MAX_TOTAL_BYTES) throw bytesPastBounds(pool, "usage");
  if (allowanceBytes > MAX_TOTAL_BYTES) throw bytesPastBounds(pool, "allowance");
  return {
    name: pool.name,
    fixed: pool.fixed !== undefined,
    members: tally.poolMembers[q] as number,
    usageBytes,
    allowanceBytes,
    ...poolOverage(pool, usageBytes, allowanceBytes),
    fixedCharge: pool.fixed?.chargeMicros ?? 0,
  };
}

function bytesPastBounds(pool: TablePool, field: "usage" | "allowance"): PoolwiseError {
  return new PoolwiseError(
    "bounds-exceeded",
    `The ${field} of pool ${pool.name} passes 2^53 bytes (8 PiB). Split the fleet, or correct the plans' included_mb and usage_increment_kb.`,
    { data: { pool: pool.name, field, limit: MAX_TOTAL_BYTES, unit: "bytes" } },
  );
}
