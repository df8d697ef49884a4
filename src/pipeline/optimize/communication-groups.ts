import type { Bill } from "../../billing/bill.ts";
import type { Fleet } from "../../billing/fleet.ts";
import type { Eligibility, Tariff } from "../../billing/rate-plan.ts";
import type { CommunicationGroup } from "../../reports/reported-run.ts";

/** A group with the plan that most of its SIMs are on, and the one most of them get; -1 where it has none. */
export interface PlannedGroup extends CommunicationGroup {
  readonly mostAreOn: number;
  readonly mostGet: number;
}

interface GroupInMaking {
  readonly communicationPlans: string[];
  readonly plans: readonly number[];
  devices: number;
  usageBytes: number;
  before: number;
  after: number;
  changes: number;
  /** SIMs by plan, those out of the bill too. */
  readonly on: Uint32Array;
  readonly given: Uint32Array;
}

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
): PlannedGroup[] {
  const groups = new Map<string, GroupInMaking>();
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
    const group: GroupInMaking = {
      communicationPlans: [name],
      plans,
      devices: 0,
      usageBytes: 0,
      before: 0,
      after: 0,
      changes: 0,
      on: new Uint32Array(tariff.plans.length),
      given: new Uint32Array(tariff.plans.length),
    };
    groups.set(key, group);
    return group;
  });
  for (let row = 0; row < fleet.size; row++) {
    const group = groupOf[fleet.communicationPlan.codes[row] as number];
    if (group === undefined) continue;
    const plan = fleet.ratePlan[row] as number;
    const best = recommended[row] as number;
    (group.on[plan] as number)++;
    (group.given[best] as number)++;
    if (isLeftOut(row)) continue;
    group.devices++;
    group.usageBytes += fleet.usageBytes[row] as number;
    group.before += (before.ownCost[row] as number) + (before.poolShare[row] as number);
    group.after += (after.ownCost[row] as number) + (after.poolShare[row] as number);
    if (best !== plan) group.changes++;
  }
  return [...groups.values()].map(({ on, given, ...group }) => ({
    ...group,
    name: nameOf(group.communicationPlans),
    mostAreOn: leading(on),
    mostGet: leading(given),
  }));
}

/** The plan with most SIMs; of several, the one imported first. */
function leading(sims: Uint32Array): number {
  let most = -1;
  for (let plan = 0; plan < sims.length; plan++)
    if ((sims[plan] as number) > (most < 0 ? 0 : (sims[most] as number))) most = plan;
  return most;
}

function nameOf(communicationPlans: readonly string[]): string {
  return communicationPlans.map((name) => (name === "" ? "(none)" : name)).join(", ");
}
