import type { ExactBill, ExactPoolBill } from "./exact-bill.ts";
import type { ExactFleet } from "./exact-fleet.ts";
import { largestRemainder } from "./largest-remainder.ts";

/**
 * Micros of pool costs per row: overage and its tax in proportion to usage above the SIM's own allowance (to its
 * usage, where no member is above), a fixed charge in equal parts, each by largest remainder in row order.
 * O(rows log rows).
 */
export function poolShares(fleet: ExactFleet, planOf: Uint16Array, bill: ExactBill): BigInt64Array {
  const shares = new BigInt64Array(fleet.size);
  const members = membersByPool(fleet, planOf, bill);
  bill.pools.forEach((pool, index) => {
    const rows = members[index];
    if (rows === undefined) return;
    if (pool.overage > 0n) shareByUse(fleet, planOf, rows, pool, shares);
    if (pool.charge > 0n)
      addShares(
        pool.charge,
        Array.from(rows, () => 1n),
        rows,
        shares,
      );
  });
  return shares;
}

/** Rows of each pool that has a cost and members, in order. */
function membersByPool(fleet: ExactFleet, planOf: Uint16Array, bill: ExactBill): (Uint32Array | undefined)[] {
  const rowsOf = bill.pools.map(({ members, overage, charge }) =>
    members > 0 && overage + charge > 0n ? new Uint32Array(members) : undefined,
  );
  const filled = bill.pools.map(() => 0);
  for (let row = 0; row < fleet.size; row++) {
    if (!fleet.inBill(row)) continue;
    const pool = fleet.plans[planOf[row] as number]?.pool ?? -1;
    const rows = rowsOf[pool];
    if (rows === undefined) continue;
    const at = filled[pool] ?? 0;
    rows[at] = row;
    filled[pool] = at + 1;
  }
  return rowsOf;
}

function shareByUse(
  fleet: ExactFleet,
  planOf: Uint16Array,
  rows: Uint32Array,
  pool: ExactPoolBill,
  shares: BigInt64Array,
): void {
  const used: bigint[] = [];
  const above: bigint[] = [];
  let anyAbove = false;
  for (const row of rows) {
    const plan = planOf[row] as number;
    const usage = fleet.counted(row, plan);
    const over = usage - fleet.terms(row, plan).included;
    used.push(usage);
    above.push(over > 0n ? over : 0n);
    if (over > 0n) anyAbove = true;
  }
  const weights = anyAbove ? above : used;
  addShares(pool.overage, weights, rows, shares);
  if (pool.tax > 0n) addShares(pool.tax, weights, rows, shares);
}

function addShares(
  amount: bigint,
  weights: readonly bigint[],
  rows: Uint32Array,
  shares: BigInt64Array,
): void {
  largestRemainder(amount, weights).forEach((share, member) => {
    const row = rows[member] as number;
    shares[row] = (shares[row] as bigint) + share;
  });
}
