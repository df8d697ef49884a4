import type { Bill } from "../../billing/bill.ts";
import type { Fleet } from "../../billing/fleet.ts";
import type { Eligibility, Tariff } from "../../billing/rate-plan.ts";
import type { CommunicationGroup } from "../../reports/reported-run.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Groups the SIMs in the bill by the plans their communication plan allows, and sums each group up. O(SIMs).
 * SIMs whose communication plan is not listed form a group without plans.
 */
export function communicationGroups(
  {
    fleet,
    tariff,
    eligibility,
    setAside,
  }: {
    readonly fleet: Fleet;
    readonly tariff: Tariff;
    readonly eligibility: Eligibility;
    readonly setAside: ReadonlySet<number>;
  },
  recommended: Uint16Array,
  { before, after }: { readonly before: Bill; readonly after: Bill },
  isLeftOut: (row: number) => boolean,
): CommunicationGroup[] {
  const groups = new Map<string, Mutable<CommunicationGroup> & { communicationPlans: string[] }>();
  const groupOf = fleet.communicationPlan.values.map((name) => {
    const allowed = eligibility?.get(name);
    const plans = tariff.plans.flatMap((plan, p) =>
      plan.available && !setAside.has(p) && (eligibility === undefined || allowed?.has(plan.code)) ? [p] : [],
    );
    const key = plans.join(",");
    const known = groups.get(key);
    if (known !== undefined) {
      known.communicationPlans.push(name);
      return known;
    }
    const group = {
      name: "",
      communicationPlans: [name],
      plans,
      devices: 0,
      usageBytes: 0,
      before: 0,
      after: 0,
      changes: 0,
    };
    groups.set(key, group);
    return group;
  });
  for (let row = 0; row < fleet.size; row++) {
    const group = groupOf[fleet.communicationPlan.codes[row] as number];
    if (group === undefined || isLeftOut(row)) continue;
    group.devices++;
    group.usageBytes += fleet.usageBytes[row] as number;
    group.before += (before.ownCost[row] as number) + (before.poolShare[row] as number);
    group.after += (after.ownCost[row] as number) + (after.poolShare[row] as number);
    if (recommended[row] !== fleet.ratePlan[row]) group.changes++;
  }
  return [...groups.values()].map((group) => ({ ...group, name: nameOf(group.communicationPlans) }));
}

function nameOf(communicationPlans: readonly string[]): string {
  return communicationPlans.map((name) => (name === "" ? "(none)" : name)).join(", ");
}
