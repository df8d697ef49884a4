import { formatMegabytesExact, formatPicos } from "../../billing/decimal.ts";
import type { RatePlan } from "../../billing/rate-plan.ts";
import type { FaultList } from "./collect-faults.ts";
import type { PlanRow } from "./read-plans.ts";
import type { PoolRow } from "./read-pools.ts";
import { showCell } from "./show-cell.ts";
import { suggestNearest } from "./suggest-nearest.ts";

/** Plans that share a pool agree on what overage costs, and share it on purpose. */
export function checkPools(rows: readonly PlanRow[], faults: FaultList): void {
  const first = new Map<string, PlanRow>();
  for (const row of rows) {
    if (row.plan.type !== "pooled" || row.invalid !== undefined) continue;
    const earlier = first.get(row.plan.pool);
    if (earlier === undefined) first.set(row.plan.pool, row);
    else checkAgreement(earlier, row, faults);
  }
  checkOwnPools(rows, faults);
}

function checkAgreement(a: PlanRow, b: PlanRow, faults: FaultList): void {
  const where = `${showCell(a.plan.code)} on line ${a.line}, in the same pool ${showCell(b.plan.pool)}`;
  const differ = (column: string, own: string, other: string): void =>
    faults.add({
      line: b.line,
      column,
      message: `is ${own}, but ${other} for ${where}. Plans of one pool agree on it.`,
    });
  if (a.plan.overage !== b.plan.overage) return differ("overage", b.plan.overage, a.plan.overage);
  if (a.plan.overageRate !== b.plan.overageRate)
    differ("overage_rate", formatPicos(b.plan.overageRate), formatPicos(a.plan.overageRate));
  if (a.plan.overageBlockBytes !== b.plan.overageBlockBytes)
    differ("overage_block_mb", blockText(b.plan), blockText(a.plan));
}

function blockText(plan: RatePlan): string {
  return formatMegabytesExact(plan.overageBlockBytes);
}

/** A pool that is named like a plan with a pool of its own: meant to be shared, or not? */
function checkOwnPools(rows: readonly PlanRow[], faults: FaultList): void {
  const own = new Map(
    rows
      .filter(({ plan, poolWritten }) => plan.type === "pooled" && poolWritten === "")
      .map((row) => [row.plan.code, row]),
  );
  for (const row of rows) {
    const namesake =
      row.plan.type === "pooled" && row.poolWritten !== "" ? own.get(row.poolWritten) : undefined;
    if (namesake === undefined) continue;
    faults.add({
      line: row.line,
      column: "pool",
      message: `${showCell(row.poolWritten)} is also the pool that plan ${showCell(namesake.plan.code)} on line ${namesake.line} has to itself. Write pool ${row.poolWritten} on that line too, or choose another name.`,
    });
  }
}

/** Fixed pools name a pool of the plans, and no capped plan draws on one. */
export function checkFixedPools(
  pools: readonly PoolRow[],
  plans: readonly PlanRow[],
  faults: FaultList,
  planFaults: FaultList,
): void {
  const names = new Set(plans.filter(({ plan }) => plan.type === "pooled").map(({ plan }) => plan.pool));
  for (const { line, pool } of pools) {
    if (!names.has(pool.name)) {
      faults.add({
        line,
        column: "pool",
        message: `no pooled plan has the pool ${showCell(pool.name)}.${suggestNearest(pool.name, names)}`,
      });
    }
  }
  const fixed = new Set(pools.map(({ pool }) => pool.name));
  for (const { line, plan, invalid } of plans) {
    if (plan.type !== "pooled" || plan.overage !== "none" || invalid !== undefined || !fixed.has(plan.pool))
      continue;
    planFaults.add({
      line,
      column: "overage",
      message: `is none, but pool ${showCell(plan.pool)} is a fixed pool: a SIM has no allowance of its own in it that could cap its usage. Give the pool an overage rate.`,
    });
  }
}
