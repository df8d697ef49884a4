import type { Bill, PlanBill, PoolBill } from "./bill.ts";
import type { Fleet } from "./fleet.ts";
import { isExcluded } from "./participation.ts";
import type { RateTable, TablePool } from "./rate-table.ts";
import { amountPastBounds, individualOverage, poolOverage, taxMicros, usageOn } from "./rate-table.ts";
import { splitByLargestRemainder, splitEqually } from "./split.ts";
import { MAX_TOTAL_MICROS } from "./units.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Prices an assignment of a fleet: every SIM, every pool, and each SIM's share of its pool. O(SIMs + pools).
 * @param plans plan index per row of the fleet.
 * @throws PoolwiseError `bounds-exceeded` where the bill passes 2^53 micros.
 */
export function computeBill(
  fleet: Fleet,
  table: RateTable,
  ratingClass: Uint32Array,
  participation: Uint8Array,
  plans: Uint16Array,
): Bill {
  const ownCost = new Float64Array(fleet.size).fill(Number.NaN);
  const poolShare = new Float64Array(fleet.size).fill(Number.NaN);
  const planBills = Array.from({ length: table.plans }, (): Mutable<PlanBill> => ({ devices: 0, usageBytes: 0, base: 0, overage: 0, fee: 0, tax: 0 }));
  const poolUsage = new Float64Array(table.pools.length);
  const poolAllowance = Float64Array.from(table.pools, (pool) => pool.fixed?.includedBytes ?? 0);
  const poolMembers = new Uint32Array(table.pools.length);
  let total = 0;
  for (let row = 0; row < fleet.size; row++) {
    if (isExcluded(participation[row] as number)) continue;
    const plan = plans[row] as number;
    const usage = fleet.usageBytes[row] as number;
    const cell = (ratingClass[row] as number) * table.plans + plan;
    const base = table.base[cell] as number;
    const fee = table.fee[plan] as number;
    const overage = individualOverage(table, cell, plan, usage);
    const tax = overage === 0 ? (table.flatCost[cell] as number) - base - fee : taxMicros(table.classes[ratingClass[row] as number]?.taxRate ?? 0n, base + overage);
    const cost = base + overage + fee + tax;
    ownCost[row] = cost;
    poolShare[row] = 0;
    total += cost;
    const bill = planBills[plan] as Mutable<PlanBill>;
    bill.devices++;
    bill.usageBytes += usage;
    bill.base += base;
    bill.overage += overage;
    bill.fee += fee;
    bill.tax += tax;
    const pool = table.poolOf[plan] as number;
    if (pool < 0) continue;
    poolMembers[pool] = (poolMembers[pool] as number) + 1;
    poolUsage[pool] = (poolUsage[pool] as number) + usageOn(table, plan, usage);
    if (table.pools[pool]?.fixed === undefined) {
      poolAllowance[pool] = (poolAllowance[pool] as number) + (table.included[cell] as number);
    }
    if (total > MAX_TOTAL_MICROS) throw amountPastBounds("The bill");
  }
  const pools = table.pools.map((pool, q) => billPool(pool, poolMembers[q] as number, poolUsage[q] as number, poolAllowance[q] as number));
  for (const pool of pools) total += pool.overage + pool.tax + pool.fixedCharge;
  if (total > MAX_TOTAL_MICROS) throw amountPastBounds("The bill");
  sharePools({ fleet, table, ratingClass, participation, plans }, pools, poolShare);
  return { total, ownCost, poolShare, pools, plans: planBills };
}

function billPool(pool: TablePool, members: number, usageBytes: number, allowanceBytes: number): PoolBill {
  const { blocks, overage, tax } = poolOverage(pool, usageBytes, allowanceBytes);
  const fixed = pool.fixed !== undefined;
  return { name: pool.name, fixed, members, usageBytes, allowanceBytes, blocks, overage, tax, fixedCharge: pool.fixed?.chargeMicros ?? 0 };
}

interface Assigned {
  readonly fleet: Fleet;
  readonly table: RateTable;
  readonly ratingClass: Uint32Array;
  readonly participation: Uint8Array;
  readonly plans: Uint16Array;
}

/** Spreads each pool's cost over its members: overage and tax by usage above the own allowance, a charge equally. */
function sharePools(assigned: Assigned, pools: readonly PoolBill[], poolShare: Float64Array): void {
  pools.forEach((pool, q) => {
    if (pool.members === 0 || pool.overage + pool.tax + pool.fixedCharge === 0) return;
    const rows = membersOf(assigned, q, pool.members);
    if (pool.overage > 0) {
      const weights = overuse(assigned, rows);
      splitByLargestRemainder(pool.overage, weights, rows, poolShare);
      if (pool.tax > 0) splitByLargestRemainder(pool.tax, weights, rows, poolShare);
    }
    if (pool.fixedCharge > 0) splitEqually(pool.fixedCharge, rows, poolShare);
  });
}

function membersOf({ fleet, table, participation, plans }: Assigned, pool: number, members: number): Uint32Array {
  const rows = new Uint32Array(members);
  let found = 0;
  for (let row = 0; row < fleet.size; row++) {
    if (table.poolOf[plans[row] as number] === pool && !isExcluded(participation[row] as number)) rows[found++] = row;
  }
  return rows;
}

/** Usage above each member's own allowance, bytes; its usage, where no member is above; 1 where none has usage. */
function overuse({ fleet, table, ratingClass, plans }: Assigned, rows: Uint32Array): Float64Array {
  const over = new Float64Array(rows.length);
  const used = new Float64Array(rows.length);
  let anyOver = false;
  rows.forEach((row, member) => {
    const plan = plans[row] as number;
    const usage = usageOn(table, plan, fleet.usageBytes[row] as number);
    const above = usage - (table.included[(ratingClass[row] as number) * table.plans + plan] as number);
    used[member] = usage;
    if (above > 0) {
      over[member] = above;
      anyOver = true;
    }
  });
  return anyOver ? over : used;
}
