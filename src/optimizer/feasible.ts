import type { Problem } from "../billing/problem.ts";
import type { OptionGroups } from "./option-groups.ts";
import { groupByOptions } from "./option-groups.ts";
import { applyTransfers } from "./pick-movers.ts";
import type { Infeasible } from "./solution.ts";
import { TransferNetwork } from "./transfer-network.ts";

/** Plans that a reason names before it counts the rest. */
const NAMED_PLANS = 6;

/**
 * An assignment that keeps the commitments and caps of the plans with as few changes as can be, cheap ones before dear
 * ones, or the reason why there is none. `plans` is undefined where today's assignment keeps them already. Solved as
 * the transportation problem it is, over groups of SIMs alike: O(SIMs) and a small min-cost flow.
 */
export function feasibleAssignment(
  problem: Problem,
): { readonly status: "feasible"; readonly plans: Uint16Array | undefined } | Infeasible {
  if (keepsLimits(problem)) return { status: "feasible", plans: undefined };
  const crossed = problem.minDevices.findIndex((least, plan) => least > (problem.maxDevices[plan] as number));
  if (crossed >= 0) {
    const [least, most] = [problem.minDevices[crossed], problem.maxDevices[crossed]];
    return infeasible(
      `plan ${problem.table.codes[crossed]} needs at least ${sims(least)} (min_devices), but takes at most ${most} (max_devices).`,
    );
  }
  const grouped = groupByOptions(problem);
  const network = new TransferNetwork(problem, grouped);
  if (!network.solve()) {
    const { kind, plans } = network.conflict();
    return infeasible(conflictText(problem, grouped, kind, plans));
  }
  const transfers = network.transfers();
  const changes = transfers.reduce((sum, { count }) => sum + count, 0);
  if (changes <= problem.maxChanges)
    return { status: "feasible", plans: applyTransfers(problem, grouped, transfers) };
  return infeasible(
    `at least ${changes} plan changes are needed to keep min_devices and max_devices, but the most that may change is ${problem.maxChanges}. Allow more changes or loosen the limits.`,
  );
}

/** Whether today's assignment keeps the commitments and caps. O(SIMs). */
function keepsLimits({ current, minDevices, maxDevices, table }: Problem): boolean {
  const devices = new Float64Array(table.plans);
  for (let sim = 0; sim < current.length; sim++) {
    const plan = current[sim] as number;
    devices[plan] = (devices[plan] as number) + 1;
  }
  return devices.every(
    (count, plan) => count >= (minDevices[plan] as number) && count <= (maxDevices[plan] as number),
  );
}

function infeasible(reason: string): Infeasible {
  return { status: "infeasible", reason };
}

function conflictText(
  problem: Problem,
  { groups }: OptionGroups,
  kind: "max" | "min",
  plans: readonly number[],
): string {
  const inConflict = new Set(plans);
  const alone = plans.length === 1;
  const total = (limits: Float64Array): number =>
    plans.reduce((sum, plan) => sum + (limits[plan] as number), 0);
  const count = (concerns: (options: readonly number[]) => boolean): number =>
    groups.reduce((sum, { options, size }) => sum + (concerns(options) ? size : 0), 0);
  const names = planNames(plans.map((plan) => problem.table.codes[plan] ?? ""));
  if (kind === "min") {
    const may = count((options) => options.some((plan) => inConflict.has(plan)));
    const least = total(problem.minDevices);
    return alone
      ? `${names} needs at least ${sims(least)} (min_devices), but only ${may} may take it.`
      : `${names} need at least ${sims(least)} together (min_devices), but only ${may} may take any of them.`;
  }
  const must = count((options) => options.every((plan) => inConflict.has(plan)));
  const most = total(problem.maxDevices);
  return alone
    ? `${names} takes at most ${sims(most)} (max_devices), but ${must} on it have no other plan.`
    : `${names} take at most ${sims(most)} together (max_devices), but ${must} have no other plan.`;
}

function sims(count: number | undefined): string {
  return count === 1 ? "1 SIM" : `${count} SIMs`;
}

function planNames(codes: readonly string[]): string {
  const rest = codes.length - NAMED_PLANS;
  const named = codes.slice(0, NAMED_PLANS).join(", ");
  return `plan${codes.length === 1 ? "" : "s"} ${named}${rest > 0 ? ` and ${rest} more` : ""}`;
}
