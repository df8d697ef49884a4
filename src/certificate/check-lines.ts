import type { ClaimedAssignment } from "./assignment-lines.ts";
import { BLANK } from "./assignment-lines.ts";
import type { ExactBill } from "./exact-bill.ts";
import { simCost } from "./exact-bill.ts";
import type { ExactFleet } from "./exact-fleet.ts";
import { MICRO_PLACES, decimalText } from "./exact.ts";
import { poolShares } from "./pool-shares.ts";
import type { Reasons } from "./reasons.ts";
import { quoted } from "./reasons.ts";

/** Gives a reason for each SIM that is on a plan it may not take, or that is left out and moved all the same. */
export function checkPlans(fleet: ExactFleet, claimed: ClaimedAssignment, reasons: Reasons): void {
  for (let row = 0; row < fleet.size; row++) {
    const plan = claimed.plan[row] as number;
    if (plan === fleet.current[row]) continue;
    const code = fleet.plans[plan]?.code;
    if (code === undefined) continue;
    if (!fleet.inBill(row)) {
      reasons.add(() => `SIM ${fleet.iccid(row)} is not in the bill, so it must keep its plan.`);
    } else {
      const { plan: plans, count } = fleet.options(row);
      if (plans.indexOf(plan) < 0 || plans.indexOf(plan) >= count) {
        reasons.add(() => `SIM ${fleet.iccid(row)} may not take plan ${quoted(code)}.`);
      }
    }
  }
}

/** Recomputes what every line says a SIM costs, before and after, and what is saved, to the micro. O(rows log rows). */
export function checkCosts(
  fleet: ExactFleet,
  claimed: ClaimedAssignment,
  before: ExactBill,
  after: ExactBill,
  reasons: Reasons,
): void {
  const shareBefore = poolShares(fleet, fleet.current, before);
  const shareAfter = poolShares(fleet, claimed.plan, after);
  for (let row = 0; row < fleet.size; row++) {
    let current = BLANK;
    let recommended = BLANK;
    let saving = BLANK;
    if (fleet.inBill(row)) {
      current = simCost(fleet, row, fleet.current[row] as number) + (shareBefore[row] as bigint);
      recommended = simCost(fleet, row, claimed.plan[row] as number) + (shareAfter[row] as bigint);
      saving = current - recommended;
    }
    compare(fleet, row, "current_cost", claimed.currentCost[row] as bigint, current, reasons);
    compare(fleet, row, "recommended_cost", claimed.recommendedCost[row] as bigint, recommended, reasons);
    compare(fleet, row, "saving", claimed.saving[row] as bigint, saving, reasons);
  }
}

function compare(
  fleet: ExactFleet,
  row: number,
  column: string,
  claimed: bigint,
  expected: bigint,
  reasons: Reasons,
): void {
  if (claimed === expected) return;
  reasons.add(
    () => `SIM ${fleet.iccid(row)}: ${column} is ${moneyCell(claimed)}; it comes to ${moneyCell(expected)}.`,
  );
}

function moneyCell(micros: bigint): string {
  return micros === BLANK ? "empty" : decimalText(micros, MICRO_PLACES);
}
