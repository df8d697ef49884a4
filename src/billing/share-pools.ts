import type { PoolBill } from "./bill.ts";
import type { Fleet } from "./fleet.ts";
import { isExcluded } from "./participation.ts";
import type { RateTable } from "./rate-table.ts";
import { usageOn } from "./rate-table.ts";
import { splitByLargestRemainder, splitEqually } from "./split.ts";

/** A fleet, its prices and an assignment of it: arrays over rows of the fleet. */
export interface RatedFleet {
  readonly fleet: Fleet;
  readonly table: RateTable;
  readonly ratingClass: Uint32Array;
  readonly participation: Uint8Array;
  /** Plan index per row. */
  readonly plans: Uint16Array;
}

/**
 * Micros per row: its share of what its pool costs. Overage and tax go by usage above the own allowance (by usage,
 * where no member is above), a fixed charge in equal parts. 0 outside pools, NaN for rows that are left out. O(SIMs).
 */
export function sharePools(rated: RatedFleet, pools: readonly PoolBill[]): Float64Array {
  const shares = new Float64Array(rated.fleet.size);
  for (let row = 0; row < shares.length; row++) {
    if (isExcluded(rated.participation[row] as number)) shares[row] = Number.NaN;
  }
  const members = membersByPool(rated, pools);
  pools.forEach((pool, q) => {
    const rows = members[q];
    if (rows === undefined) return;
    if (pool.overage > 0) {
      const weights = overuse(rated, rows);
      splitByLargestRemainder(pool.overage, weights, rows, shares);
      if (pool.tax > 0) splitByLargestRemainder(pool.tax, weights, rows, shares);
    }
    if (pool.fixedCharge > 0) splitEqually(pool.fixedCharge, rows, shares);
  });
  return shares;
}

/** The rows of each pool that costs anything and has members, ascending; undefined for the others. */
function membersByPool(rated: RatedFleet, pools: readonly PoolBill[]): (Uint32Array | undefined)[] {
  const { fleet, table, participation, plans } = rated;
  const members = pools.map((pool) =>
    pool.members > 0 && pool.overage + pool.fixedCharge > 0 ? new Uint32Array(pool.members) : undefined,
  );
  if (members.every((rows) => rows === undefined)) return members;
  const filled = new Uint32Array(pools.length);
  for (let row = 0; row < fleet.size; row++) {
    if (isExcluded(participation[row] as number)) continue;
    const pool = table.poolOf[plans[row] as number] as number;
    const rows = pool < 0 ? undefined : members[pool];
    if (rows === undefined) continue;
    const next = filled[pool] as number;
    rows[next] = row;
    filled[pool] = next + 1;
  }
  return members;
}

/** Bytes per member: its usage above its own allowance, or its usage where no member is above. */
function overuse({ fleet, table, ratingClass, plans }: RatedFleet, rows: Uint32Array): Float64Array {
  const over = new Float64Array(rows.length);
  const used = new Float64Array(rows.length);
  let anyOver = false;
  for (let member = 0; member < rows.length; member++) {
    const row = rows[member] as number;
    const plan = plans[row] as number;
    const usage = usageOn(table, plan, fleet.usageBytes[row] as number);
    const above = usage - (table.included[(ratingClass[row] as number) * table.plans + plan] as number);
    used[member] = usage;
    over[member] = Math.max(above, 0);
    anyOver ||= above > 0;
  }
  return anyOver ? over : used;
}
